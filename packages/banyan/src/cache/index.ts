export {
  createApplicationCache,
  type ApplicationCache,
  type ApplicationCacheOptions,
  type WriteStart,
} from './application-cache.ts'
export { mergePositions, NOTHING, type StoredAnswer } from './answer.ts'
export { createCachedOperation, parseKey, type CachedOperation, type Input } from './cached-operation.ts'
export { digestOf, listKept, type KeptEntry, type KeptList } from './kept-list.ts'
export type { Brought, CacheLayer, Cause, Kept, Lease, Opened, OpenHow, Place, Refusal } from './layer.ts'
export type { CacheRead, Found, Source } from './loader.ts'
export type { Entry } from './memory/memory-entry.ts'
export { createMemoryLayer, type MemoryLayer, type MemoryLayerOptions } from './memory/memory-layer.ts'
export { createCachePlan, type CachePlan, type WritePlan } from './cache-plan.ts'
export { cacheErrors } from './cache-errors.ts'
export { createPurgeRules, type PurgeRules } from './cdn/purge-rules.ts'
export { openPurges, parsePurgeUrls } from './cdn/open-purges.ts'
export { createPurger, type Purger, type PurgerOptions } from './cdn/purger.ts'
export type { TagPurge } from './cdn/tag-purge.ts'
export { followLogs, type FollowOptions, type LogFollower } from './follow-logs.ts'
export {
  createQueryCache,
  keepNothing,
  type KeepQuery,
  type KeptQuery,
  type QueryCache,
  type QueryRule,
} from './query-cache.ts'
export { appendPurge, type PurgeRequest } from './purge-event.ts'
export { createCircuit } from './redis/circuit.ts'
export { createRedisClient, type RedisClient } from './redis/redis-client.ts'
export { createRedisLayer } from './redis/redis-layer.ts'
export { listShared } from './redis/list-shared.ts'
export { createSharedReads } from './shared/shared-layer-reads.ts'
export type { SharedReads } from './shared/shared-reads.ts'
