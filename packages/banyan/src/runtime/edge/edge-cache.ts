import {
  createApplicationCache,
  createCachePlan,
  createCircuit,
  createRedisClient,
  createRedisLayer,
  createSharedReads,
  followLogs,
  listKept,
  NOTHING,
  type ApplicationCache,
  type CachePlan,
  type KeptList,
  type RedisClient,
  type SharedReads,
} from '../../cache/index.ts'
import type { Contract, Positions } from '../../contract/index.ts'
import type { View } from '../../gateway/index.ts'
import type { LogSources } from '../events/log-sources.ts'
import type { PlatformSettings } from '../process-options.ts'
import type { ProcessTools } from '../process-tools.ts'

export interface EdgeCacheOptions {
  readonly contracts: readonly Contract[]
  readonly settings: PlatformSettings
  readonly sources: LogSources
  readonly tools: ProcessTools
}

/** What this gateway keeps of answers, and what keeps that true. */
export interface EdgeCache {
  readonly cache: ApplicationCache<View>
  /** What readers get of it now. */
  list(): KeptList
  stop(): Promise<void>
}

/** Whose name the edge reads logs in. */
const READER = 'gateway'

/** `null`: no contract keeps anything, or the memory for it is 0. */
export async function openEdgeCache(options: EdgeCacheOptions): Promise<EdgeCache | null> {
  const { contracts, settings, sources, tools } = options
  const plan = createCachePlan(contracts)
  const maxBytes = settings.CACHE_MAX_BYTES!
  if (plan.operations.size === 0 || maxBytes === 0) return null
  let known: () => Positions = () => NOTHING
  const redis = await openRedis(options)
  const shared = redis ? shareThrough(redis, { plan, tools, settings, known: () => known() }) : undefined
  const cache = createApplicationCache<View>({ ...tools, maxBytes, shared, known: () => known() })
  const producers = new Set([...plan.operations.values()].flatMap((operation) => operation.sources))
  const followed = [...producers].map((producer) => sources.of(producer, READER))
  const follower = followLogs({ ...tools, plan, cache, sources: followed })
  known = follower.positions
  return {
    cache,
    list: () => listKept(cache, plan.operations, { nowMs: tools.clock.monotonicMs(), random: tools.random }),
    async stop() {
      await follower.stop()
      await redis?.stop()
    },
  }
}

/** What is asked of a client before its first connection fails, and after three of those nothing is asked for a second. */
const CONNECT_MS = 250

/** `null`: no server is named. One that cannot be reached is not waited for. */
async function openRedis({ settings, tools }: EdgeCacheOptions): Promise<RedisClient | null> {
  const url = settings.REDIS_URL
  if (!url) return null
  const client = await createRedisClient({ url, logger: tools.logger })
  // The client's own log says why.
  await client.connected(AbortSignal.timeout(CONNECT_MS)).catch(() => undefined)
  return client
}

interface Sharing {
  readonly plan: CachePlan
  readonly tools: ProcessTools
  readonly settings: PlatformSettings
  readonly known: () => Positions
}

function shareThrough(client: RedisClient, { plan, tools, settings, known }: Sharing): SharedReads {
  const lives = [...plan.operations.values()].map(({ maxAgeMs, staleIfErrorMs }) => maxAgeMs + staleIfErrorMs)
  const layer = createRedisLayer({ client, random: tools.random, prefix: settings.REDIS_PREFIX })
  return createSharedReads({
    ...tools,
    layer,
    circuit: createCircuit(tools),
    maxKeptMs: Math.max(...lives),
    known,
  })
}
