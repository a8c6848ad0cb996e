import { createApplicationCache, createCachePlan, followLogs, type ApplicationCache } from '../cache/index.ts'
import type { Contract, Positions } from '../contract/index.ts'
import type { View } from '../gateway/index.ts'
import type { LogSources } from './log-sources.ts'
import type { PlatformSettings } from './process-options.ts'
import type { ProcessTools } from './process-tools.ts'

export interface EdgeCacheOptions {
  readonly contracts: readonly Contract[]
  readonly settings: PlatformSettings
  readonly sources: LogSources
  readonly tools: ProcessTools
}

/** What this gateway keeps of answers, and what keeps that true. */
export interface EdgeCache {
  readonly cache: ApplicationCache<View>
  stop(): Promise<void>
}

/** Whose name the edge reads logs in. */
const READER = 'gateway'

/** `null`: no contract keeps anything, or the memory for it is 0. */
export function openEdgeCache({ contracts, settings, sources, tools }: EdgeCacheOptions): EdgeCache | null {
  const plan = createCachePlan(contracts)
  const maxBytes = settings.CACHE_MAX_BYTES!
  if (plan.operations.size === 0 || maxBytes === 0) return null
  let known: () => Positions = () => ({})
  const cache = createApplicationCache<View>({ ...tools, maxBytes, known: () => known() })
  const producers = new Set([...plan.operations.values()].flatMap((operation) => operation.sources))
  const followed = [...producers].map((producer) => sources.of(producer, READER))
  const follower = followLogs({ ...tools, plan, cache, sources: followed })
  known = follower.positions
  return { cache, stop: follower.stop }
}
