import type { Positions } from '../contract/index.ts'
import { coreErrors, isError, type Clock, type Random } from '../core/index.ts'
import { isFault } from '../observe/index.ts'
import { covers, mergePositions, type StoredAnswer } from './answer.ts'
import type { CacheSeries, CacheSeriesTable } from './cache-series.ts'
import { jitter, type CachedOperation, type Input } from './cached-operation.ts'
import type { Kept, Lease, Place } from './layer.ts'
import { toEntry, type Entry } from './memory/memory-entry.ts'
import type { MemoryLayer } from './memory/memory-layer.ts'
import type { SharedReads } from './shared/shared-reads.ts'
import type { Trust } from './trust.ts'

/** Where an answer came from. `joined`: another reader was asking already. `stale`: the service could not answer. */
export type Source = 'l1' | 'l2' | 'filled' | 'joined' | 'stale'

export interface Found<View> {
  readonly entry: Entry<View>
  readonly source: Source
}

export interface CacheRead {
  readonly operation: CachedOperation
  readonly key: string
  readonly input: Input
  /** What the reader has seen of the logs. */
  readonly after: Positions
  /** Asks the service for an answer that includes these. @throws what the service refuses with */
  readonly fill: (after: Positions) => Promise<StoredAnswer>
}

export interface LoaderOptions<View> {
  readonly clock: Clock
  readonly random: Random
  readonly memory: MemoryLayer<View>
  readonly shared: SharedReads
  readonly trust: Trust
  readonly series: CacheSeriesTable
  /** Up to where all events are committed, by log. */
  readonly known: () => Positions
}

/** Brings answers in: one question for all who ask for the same at the same time. */
export interface Loader<View> {
  isLoading(key: string): boolean
  load(read: CacheRead): Promise<Found<View>>
}

interface Flight<View> {
  readonly lease: Lease
  readonly includes: Positions
  readonly promise: Promise<Found<View>>
}

export function createLoader<View>(options: LoaderOptions<View>): Loader<View> {
  const { clock, memory, shared, series, known } = options
  const keptOf = createKept(options)
  const flights = new Map<string, Flight<View>>()

  return {
    isLoading: (key) => flights.has(key),
    load(read) {
      const flight = flights.get(read.key)
      if (!flight || !mayJoin(flight, read)) return begin(read)
      series.of(read.operation.id).joins.add()
      memory.noteAsked(read.key)
      return flight.promise.then(({ entry, source }) => ({ entry, source: source === 'filled' ? 'joined' : source }))
    },
  }

  /** Not a flight that left before the reader's own write, or before a change that has been heard of since. */
  function mayJoin({ lease, includes }: Flight<View>, { after }: CacheRead): boolean {
    return covers(includes, after) && memory.isCurrent(lease, includes)
  }

  function begin(read: CacheRead): Promise<Found<View>> {
    // Not what the reader has seen: positions of a log are not committed in their order, so that a later one says nothing of the
    // earlier ones.
    const includes = known()
    const lease = memory.lease(placeOf(read))
    const promise = fly(read, lease, includes)
    flights.set(read.key, { lease, includes, promise })
    return promise
  }

  async function fly(read: CacheRead, lease: Lease, includes: Positions): Promise<Found<View>> {
    const { operation, after } = read
    const { place } = lease
    const counts = series.of(operation.id)
    const fill = async () => {
      counts.fills.add()
      const startedMs = clock.monotonicMs()
      const answer = await read.fill(mergePositions(includes, after)).catch(toAbsent)
      return keptOf({ operation, place, answer, includes, fillMs: clock.monotonicMs() - startedMs })
    }
    try {
      const { kept, source } = await shared.read({ operation, place, after }, fill)
      if (source === 'l2') counts.sharedHits.add()
      return { entry: settle(lease, kept, counts), source }
    } catch (error) {
      memory.release(lease)
      const entry = isFault(error) ? staleFor(read) : null
      if (entry === null) throw error
      counts.stale.add()
      return { entry, source: 'stale' }
    } finally {
      if (flights.get(place.key)?.lease === lease) flights.delete(place.key)
    }
  }

  /** What may not be kept, or was not worth the room, is shown all the same to those who asked before the change. */
  function settle(lease: Lease, kept: Kept, counts: CacheSeries): Entry<View> {
    const refusal = memory.store(lease, kept)
    if (refusal !== null) counts.refused.add()
    const stored = refusal === null ? memory.find(lease.place.key) : undefined
    return stored ?? toEntry(kept, clock.monotonicMs())
  }

  function staleFor({ key, after }: CacheRead): Entry<View> | null {
    const entry = memory.find(key)
    return entry && clock.monotonicMs() < entry.staleUntilMs && covers(entry.includes, after) ? entry : null
  }
}

export interface Filled {
  readonly operation: CachedOperation
  readonly place: Place
  readonly answer: StoredAnswer
  readonly includes: Positions
  readonly fillMs: number
}

/** Oldest that an answer may be while the events that would end it do not come. */
const UNFOLLOWED_MAX_AGE_MS = 5_000

/** An answer with the time that it may be kept for. */
export function createKept({ trust, random }: { readonly trust: Trust; readonly random: Random }) {
  return ({ operation, place, answer, includes, fillMs }: Filled): Kept => {
    const isAbsent = answer.data === null
    const boundMs = isAbsent ? operation.negativeMaxAgeMs : operation.maxAgeMs
    const freshForMs = jitter(trust.isFollowed(operation) ? boundMs : Math.min(boundMs, UNFOLLOWED_MAX_AGE_MS), random)
    const staleForMs = isAbsent ? 0 : operation.staleIfErrorMs
    return { place, answer, includes, ageMs: fillMs, freshForMs, staleForMs, fillMs }
  }
}

function placeOf({ operation, key, input }: CacheRead): Place {
  return { key, tags: operation.tagsOf(input) }
}

/** "There is no such thing" is an answer, too. */
function toAbsent(error: unknown): StoredAnswer {
  if (isError(error, coreErrors.NOT_FOUND)) return ABSENT
  throw error
}

const ABSENT: StoredAnswer = Object.freeze({ data: null, versions: null, changedAt: null })
