import { backoffMs, type Clock, type Random } from '../../core/index.ts'
import type { Session } from '../../data/index.ts'
import { createRelayLease } from '../../events/index.ts'
import { createFollowing, createPulse, logName, type LogSource, type StoredEvent } from '../../log/index.ts'
import { createFailureLog, type Logger, type Metrics } from '../../observe/index.ts'
import { createPurgeRounds } from './purge-rounds.ts'
import { createPurgeSeries } from './purge-series.ts'
import type { TagPurge } from './tag-purge.ts'

export interface PurgerOptions {
  readonly cache: TagPurge
  /** As its owner reads it. */
  readonly source: LogSource
  /** The tags of what an event makes old. */
  readonly tagsOf: (event: StoredEvent) => readonly string[]
  /** The longest that any cache shows an answer. What happened longer ago needs no purge: every copy from before it has ended. */
  readonly maxShownMs: number
  /** The producer's: it keeps the lease and the position. */
  readonly database: Session
  /** Unique among living processes. */
  readonly processName: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics?: Metrics
  /** How long after a purge the same is purged again. Default 2,000. */
  readonly againMs?: number
  /** How long a process may be silent before another purges. Default 3,000. */
  readonly leaseMs?: number
}

export interface Purger extends AsyncDisposable {
  /** Up to where all purges have been made, twice; `null`: another process does it. */
  readonly position: number | null
  /** Lets another process go on at once. Idempotent. */
  stop(): Promise<void>
}

const TEXTS = { fails: 'cache cannot be purged, trying again', works: 'cache can be purged again' }
const RETRY = { firstMs: 50, capMs: 5_000 }
/** What changes meanwhile is purged with one request; the first change after a quiet moment waits for nothing. */
const MIN_INTERVAL_MS = 100
const MAX_EVENTS = 500

/**
 * Follows one log and tells one cache what has become old, beginning where the last process that did so stood: no event is left
 * out, whatever ends when. Each purge is made twice, because an answer that was on its way to the cache during the first may be
 * older than the event. Only then the position moves; a cache that is away is asked again until it answers, and what grew
 * older meanwhile than any copy may be is left out.
 */
export function createPurger(options: PurgerOptions): Purger {
  const { cache, source, clock, logger, againMs = 2_000, leaseMs = 3_000 } = options
  const lease = openLease(options, leaseMs)
  const ending = new AbortController()
  const series = createPurgeSeries(options.metrics, cache.name)
  const rounds = createPurgeRounds({ ...options, series, againMs, purge: (tags) => cache.purge(tags, ending.signal) })
  const trouble = createFailureLog({ ...TEXTS, logger, fields: { cache: cache.name } })
  let failures = 0

  const pulse = createPulse({ clock, minIntervalMs: MIN_INTERVAL_MS, beat, onError })
  const wake = () => pulse.beatSoon(0)
  const follow = createFollowing(source, wake)
  wake()

  return {
    get position() {
      return lease.position
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function beat(): Promise<number> {
    const wasHeld = lease.position !== null
    await lease.keep()
    follow(lease.position !== null)
    if (lease.position === null) return lease.restMs()
    if (!wasHeld) rounds.begin(lease.position)
    await rounds.purgeAgain()
    const events = rounds.isFull ? [] : await source.read(rounds.once, MAX_EVENTS)
    if (events.length > 0) await rounds.purge(events)
    lease.position = rounds.twice
    trouble.worked()
    failures = 0
    return events.length > 0 ? 0 : Math.min(lease.restMs(), rounds.restMs())
  }

  function onError(error: unknown): number {
    if (ending.signal.aborted) return leaseMs
    series.failed()
    trouble.failed(error)
    return backoffMs(RETRY, failures++, options.random)
  }

  async function stop(): Promise<void> {
    ending.abort()
    follow(false)
    await pulse.stop()
    await lease.release()
  }
}

/** One for each log and cache: a cache that is away holds up no other. */
function openLease(options: PurgerOptions, leaseMs: number) {
  const { source, cache, processName: owner } = options
  const log = `${logName(source.log)} to ${cache.name}`
  return createRelayLease({ ...options, log, owner, leaseMs, beginAt: () => source.watermark() })
}
