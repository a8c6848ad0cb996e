import type { Positions } from '../contract/index.ts'
import type { Clock, Random } from '../core/index.ts'
import type { Metrics } from '../observe/index.ts'
import { covers, NOTHING, type StoredAnswer } from './answer.ts'
import { createCacheSeries } from './cache-series.ts'
import { isDueEarly, type CachedOperation, type Input } from './cached-operation.ts'
import type { Brought, Cause, WriteRight } from './layer.ts'
import { createKept, createLoader, type CacheRead, type Found } from './loader.ts'
import type { Entry } from './memory/memory-entry.ts'
import { createMemoryLayer, type MemoryLayer } from './memory/memory-layer.ts'
import { noSharedLayer, type SharedReads, type SharedStart } from './shared/shared-reads.ts'
import { createTrust } from './trust.ts'

export interface ApplicationCacheOptions {
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  /** Who keeps the answers, for figures: the gateway, or a service. Default `gateway`. */
  readonly keeper?: string
  /** Most bytes in this process. Default 64 MiB. */
  readonly maxBytes?: number
  /** The layer that processes share. Default: none. */
  readonly shared?: SharedReads
  /** Up to where all events are committed, by log: what is read from now on includes them. Default: nothing is known. */
  readonly known?: () => Positions
}

/** Answers of services, kept in front of them. One process has one. */
export interface ApplicationCache<View = unknown> {
  readonly memory: MemoryLayer<View>
  /** From this process's memory, at once. `null`: to be loaded. */
  find(read: Pick<CacheRead, 'operation' | 'key' | 'after'>, nowMs: number): Entry<View> | null
  /** Whether readers are answered with it, who have seen nothing that it may lack. */
  shows(operation: CachedOperation, entry: Entry<View>, nowMs: number): boolean
  /** True for the one reader who should load the entry again although it is still good. */
  isDue(entry: Entry<View>, nowMs: number): boolean
  /** From the shared layer, or the service, once for all who ask at the same time. @throws what the service refuses with */
  load(read: CacheRead): Promise<Found<View>>
  /**
   * Drops what is old by now: in this process before it returns, in the shared layer soon; until then that is not asked. `onShared`:
   * the shared layer has heard.
   */
  invalidate(tags: readonly string[], cause: Cause, onShared?: () => void): void
  /** To be called before a command is sent, whose answer may be written. `tags`: of what that will be kept under, as far as is known. */
  beginWrite(tags: readonly string[]): WriteStart
  /** Keeps what a writer was answered; `null`: it may be older than what is known. To be followed by `invalidate`, which brings it. */
  write(write: CacheWrite): Brought | null
  /** Whatever depends on events of this producer is no longer known to be true: nothing that was read until now is fresh. */
  distrust(producer: string): void
  /** Events of this producer come again, those of the meantime included. */
  trust(producer: string): void
  /** Forgets everything that this process keeps. */
  clear(): void
}

/** What was known before a command was sent: what it answers includes that, and perhaps nothing that was heard of since. */
export interface WriteStart {
  readonly right: WriteRight
  readonly shared: SharedStart
  readonly includes: Positions
}

export interface CacheWrite {
  readonly operation: CachedOperation
  readonly input: Input
  readonly answer: StoredAnswer
  readonly start: WriteStart
}

export function createApplicationCache<View>(options: ApplicationCacheOptions): ApplicationCache<View> {
  const { clock, random, metrics, maxBytes = 67_108_864, shared = noSharedLayer, known = () => NOTHING } = options
  const memory = createMemoryLayer<View>({ maxBytes, clock })
  const trust = createTrust(clock)
  const series = createCacheSeries(metrics, { memory, keeper: options.keeper ?? 'gateway' })
  const loader = createLoader<View>({ clock, random, memory, shared, trust, series, known })
  const keptOf = createKept({ trust, random })

  return {
    memory,
    find({ operation, key, after }, nowMs) {
      const entry = memory.find(key)
      if (entry === undefined || nowMs >= entry.freshUntilMs) return null
      if (after !== NOTHING && !covers(entry.includes, after)) return null
      if (trust.isDoubtful(operation, entry.readAtMs)) return null
      series.of(operation.id).hits.add()
      return entry
    },
    shows: (operation, { freshUntilMs, readAtMs }, nowMs) =>
      nowMs < freshUntilMs && !trust.isDoubtful(operation, readAtMs),
    isDue({ freshUntilMs, fillMs, place }, nowMs) {
      const leftMs = freshUntilMs - nowMs
      // Beyond that nobody is drawn: e^-20.
      return leftMs < fillMs * 20 && !loader.isLoading(place.key) && isDueEarly({ leftMs, fillMs }, random)
    },
    load: loader.load,
    invalidate(tags, cause, onShared) {
      memory.invalidate(tags, cause)
      shared.invalidate(tags, cause, onShared)
    },
    beginWrite: (tags) => ({
      right: memory.beginWrite(tags),
      shared: shared.beginWrite(tags),
      includes: known(),
    }),
    write({ operation, input, answer, start }) {
      const place = { key: operation.keyOf(input), tags: operation.tagsOf(input) }
      const kept = keptOf({ operation, place, answer, includes: start.includes, fillMs: 0 })
      if (memory.write(kept, start.right) === null) return { kept, right: start.shared.right }
      series.of(operation.id).refused.add()
      return null
    },
    distrust(producer) {
      trust.lose(producer)
      shared.distrust(producer)
    },
    trust(producer) {
      trust.regain(producer)
      shared.trust(producer)
    },
    clear: memory.clear,
  }
}
