import { backoffMs, noFaults, type Clock, type FaultPoints, type Random } from '../../core/index.ts'
import type { Session } from '../../data/index.ts'
import { createFollowing, createPulse, logName, type LogSource, type StoredEvent } from '../../log/index.ts'
import { createFailureLog, type Logger, type Metrics } from '../../observe/index.ts'
import type { NatsClient, NatsLink } from './link.ts'
import { isBrokenChain, publishEvents } from './publish.ts'
import { createPublishWindow } from './publish-window.ts'
import { createRelayLease } from '../relay/relay-lease.ts'
import { ensureStream, type StreamLimits } from './stream.ts'

export interface RelayOptions {
  readonly link: NatsLink
  /** As its owner reads it. */
  readonly source: LogSource
  /** The producer's: it keeps the lease and the position. */
  readonly database: Session
  /** Unique among living processes. */
  readonly processName: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics?: Metrics
  /** Default: none. */
  readonly faults?: FaultPoints
  readonly stream?: StreamLimits
  /** How long a process may be silent before another relays. Default 3,000. */
  readonly leaseMs?: number
  /** Most events on their way to the broker. Default 500. */
  readonly maxEvents?: number
}

export interface Relay extends AsyncDisposable {
  /**
   * - `standby`: another process relays.
   * - `waiting`: it is this one's turn, but NATS is not there.
   * - `relaying`
   */
  readonly state: 'standby' | 'waiting' | 'relaying'
  /** Up to where the broker has acknowledged the log, as this process knows. */
  readonly position: number
  /** Lets another process go on at once. Idempotent. */
  stop(): Promise<void>
}

const RETRY = { firstMs: 50, capMs: 2_000 }
/** From beat to beat: what comes meanwhile goes in one flush. */
const MIN_INTERVAL_MS = 5

/**
 * Publishes a log in its order, up to the watermark. What the broker has acknowledged counts as published, nothing else.
 * A log that was never relayed begins at its end, and after its store was wiped it goes on where it stood: history is the
 * feed's.
 */
export function createRelay(options: RelayOptions): Relay {
  const { link, source, clock, faults = noFaults, stream = {}, leaseMs = 3_000, maxEvents = 500 } = options
  const log = logName(source.log)
  const beginAt = () => source.watermark()
  const lease = createRelayLease({ ...options, log, owner: options.processName, leaseMs, beginAt })
  const published = countPublished(options)
  let prepared: NatsClient | null = null
  const trouble = createTrouble(options, log)

  const pulse = createPulse({ clock, minIntervalMs: MIN_INTERVAL_MS, beat, onError })
  const wake = () => pulse.beatSoon(0)
  const window = createPublishWindow({
    publish: (events, previous, isNext) => publishEvents(prepared!, events, { previous, isNext, stream }),
    onAcknowledged,
    onFailure: wake,
    maxEvents,
  })
  const stopLink = link.onChange(wake)
  const follow = createFollowing(source, wake)
  wake()

  return {
    get state() {
      if (lease.position === null) return 'standby'
      return link.client ? 'relaying' : 'waiting'
    },
    get position() {
      return lease.position ?? 0
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function beat(): Promise<number> {
    await lease.keep()
    follow(lease.position !== null)
    const { client } = link
    // Anew from what the broker has acknowledged.
    if (window.hasFailed || lease.position === null || client !== prepared) await window.reset()
    if (lease.position === null || !client) return lease.restMs()
    if (client !== prepared) await ensureStream(client, source.log, stream)
    prepared = client
    if (window.room === 0) await window.settled()
    const previous = window.sentTo ?? lease.position
    const events = await source.read(previous, window.room)
    if (events.length > 0) window.send(events, previous)
    else if (window.room === maxEvents) trouble.worked()
    return events.length > 0 ? 0 : lease.restMs()
  }

  async function onAcknowledged(events: readonly StoredEvent[]): Promise<void> {
    if (faults.isArmed) await faults.reach('relay.published', log)
    if (lease.position !== null) lease.position = Math.max(lease.position, events.at(-1)!.position)
    published?.add(events.length)
    trouble.worked()
  }

  function onError(error: unknown): number {
    prepared = null // the stream may be what is missing
    return trouble.failed(error)
  }

  async function stop(): Promise<void> {
    stopLink()
    follow(false)
    await pulse.stop()
    await window.settled()
    await lease.release()
  }
}

/**
 * What was on its way to NATS when it went. The link says that it is gone: one that is silent after 15 s, and a publication waits 2.
 * Or what was to follow a message that is not ours.
 */
const EARLY = {
  isSign: (error: unknown) => NATS_GONE.has((error as Error).name) || isBrokenChain(error),
  inARow: 8,
}
const NATS_GONE: ReadonlySet<string> = new Set([
  'TimeoutError',
  'RequestError',
  'ClosedConnectionError',
  'DrainingConnectionError',
])

interface Trouble {
  worked(): void
  /** The pause until the next try, milliseconds. */
  failed(error: unknown): number
}

function createTrouble({ logger, random }: RelayOptions, log: string): Trouble {
  const texts = { fails: 'events cannot be relayed, trying again', works: 'events are relayed again' }
  const told = createFailureLog({ logger, fields: { log }, early: EARLY, ...texts })
  let failures = 0
  return {
    worked() {
      told.worked()
      failures = 0
    },
    failed(error) {
      told.failed(error)
      return 20 + backoffMs(RETRY, ++failures, random)
    },
  }
}

function countPublished({ metrics, source }: RelayOptions) {
  return metrics?.counter({
    name: 'banyan_relay_events_total',
    help: 'Events that the broker has acknowledged.',
    labels: { log: logName(source.log) },
  })
}
