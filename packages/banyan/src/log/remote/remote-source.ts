import { backoffMs } from '../../core/index.ts'
import type { Logger, Metrics } from '../../observe/index.ts'
import { logName, type LogSource, type StoredEvent } from '../event.ts'
import { createKnownTail, type KnownTail } from './known-tail.ts'
import { createListeners } from '../listeners.ts'
import { MAX_READ_EVENTS } from './log-operations.ts'
import { createProducerClient, type ProducerClientOptions } from './producer-client.ts'
import { createPulse } from '../pulse.ts'
import { shareReads } from '../shared-reads.ts'
import { createTroubleLog } from '../trouble-log.ts'

export interface RemoteLogSourceOptions extends ProducerClientOptions {
  readonly logger: Logger
  readonly metrics?: Metrics
  /** How long one call waits at the producer for the next event. Default 2,000; at most 10,000. */
  readonly waitMs?: number
  /** How long after an offered event the producer is not asked: whoever offers carries the tail. Default 1,000. */
  readonly carriedMs?: number
  /** Events kept in memory for the consumers at the tail. Default 1,024. */
  readonly maxCachedEvents?: number
}

/** The event that follows `previous` in the log, as a broker brought it. */
export interface OfferedEvent {
  readonly previous: number
  readonly event: StoredEvent
}

/** A log as another process reads it. */
export interface RemoteLogSource extends LogSource, AsyncDisposable {
  /**
   * Takes an event that came by another way than the feed. Doubled and old ones are dropped, and old ones are no sign that
   * the tail is carried: a broker may be minutes behind. One behind a gap makes the producer be asked for everything that
   * is missing, itself included.
   */
  offer(offered: OfferedEvent): void
  /** Whether all of the log up to `position` has been seen. If not, nobody here can tell yet whether the log has such an event. */
  knows(position: number): boolean
  /** Nobody offers any more: the producer is asked again at once. */
  endOffers(): void
  /** How many events stand at or below `position`. Counts the whole log: for audits. */
  countUpTo(position: number): Promise<number>
  /** Idempotent. Resolves once no call is on its way. */
  stop(): Promise<void>
}

const RETRY = { firstMs: 50, capMs: 2_000 }
/** From call to call while events keep coming: each brings what came meanwhile. A lone event never waits. */
const MIN_INTERVAL_MS = 5
/** Events that may be read before anybody has asked for them. */
const MAX_AHEAD = 1_000

/**
 * Reads a log by calls to its producer. However many consumers stand at its end, one call waits there for all of them:
 * its answer is the hint and the events in one. Consumers further behind read for themselves.
 */
export function createRemoteLogSource(options: RemoteLogSourceOptions): RemoteLogSource {
  const { log, clock, waitMs = 2_000, carriedMs = 1_000 } = options
  const producer = createProducerClient(options)
  const tail = createKnownTail(options.maxCachedEvents ?? 1_024)
  const retry = createRetry(options)
  const gaps = countGaps(options)
  const listeners = createListeners()
  let carriedUntilMs = Number.NEGATIVE_INFINITY
  let readTo = 0

  const pulse = createPulse({ clock, minIntervalMs: MIN_INTERVAL_MS, beat, onError: retry.again })
  const readShared = shareReads(readAndLearn, () => tail.frontier ?? 0)

  return {
    log,
    async read(after, limit) {
      const known = tail.find(after, limit)
      const isKnown = known.length > 0 || (after === tail.frontier && listeners.count() > 0)
      const events = isKnown ? known : await readShared(after, Math.min(limit, MAX_READ_EVENTS))
      readTo = Math.max(readTo, events.at(-1)?.position ?? after)
      pulse.beatSoon(0)
      return events
    },
    watermark: async () => learnUpTo(await producer.watermark(), tail, readAndLearn),
    countUpTo: producer.countUpTo,
    onAppend: listeners.add,
    offer({ previous, event }) {
      if (tail.frontier === null || event.position < tail.frontier) return
      carriedUntilMs = clock.monotonicMs() + carriedMs
      if (previous <= tail.frontier) return learn(tail.frontier, [event])
      gaps?.add()
      endOffers()
    },
    knows: (position) => tail.frontier !== null && position <= tail.frontier,
    endOffers,
    stop,
    [Symbol.asyncDispose]: stop,
  }

  /** Waits at the end of the log, unless somebody offers what comes there. */
  async function beat(): Promise<number | null> {
    if (tail.frontier === null || listeners.count() === 0) return null
    const restMs = carriedUntilMs - clock.monotonicMs()
    if (restMs > 0) return restMs
    if (tail.find(readTo, MAX_AHEAD).length === MAX_AHEAD) return null // until somebody reads on
    await readAndLearn(tail.frontier, MAX_READ_EVENTS, waitMs)
    retry.over()
    return 0
  }

  async function readAndLearn(after: number, limit: number, forMs = 0): Promise<readonly StoredEvent[]> {
    const events = await producer.read(after, limit, forMs)
    learn(after, events)
    return events
  }

  function learn(after: number, events: readonly StoredEvent[]): void {
    if (tail.learn(after, events)) listeners.wake()
  }

  function endOffers(): void {
    carriedUntilMs = Number.NEGATIVE_INFINITY
    pulse.beatSoon(0)
  }

  async function stop(): Promise<void> {
    producer.end()
    await pulse.stop()
  }
}

/** So that whoever reads afterwards gets all that stands up to there, and an empty list says that nothing does. */
async function learnUpTo(
  end: number,
  tail: Pick<KnownTail, 'frontier'>,
  read: (after: number, limit: number) => Promise<readonly StoredEvent[]>,
): Promise<number> {
  while (tail.frontier !== null && tail.frontier < end) {
    if ((await read(tail.frontier, MAX_READ_EVENTS)).length === 0) break
  }
  return end
}

/** The end of a log is followed for ever. */
function createRetry({ log, logger, random }: RemoteLogSourceOptions) {
  const trouble = createTroubleLog(logger, log)
  let failures = 0
  return {
    again(error: unknown): number {
      trouble.failed(error)
      return 20 + backoffMs(RETRY, ++failures, random)
    },
    over(): void {
      trouble.worked()
      failures = 0
    },
  }
}

function countGaps({ metrics, log }: RemoteLogSourceOptions) {
  return metrics?.counter({
    name: 'banyan_log_gaps_total',
    help: 'Times that the feed had to fill what a broker had left out.',
    labels: { log: logName(log) },
  })
}
