import { backoffMs, type Clock, type Random } from '../../core/index.ts'
import type { Session } from '../../data/index.ts'
import type { Logger, Metrics } from '../../observe/index.ts'
import type { Appended } from '../append.ts'
import { countEventsUpTo } from '../audit.ts'
import { logErrors } from '../errors.ts'
import { type LogId, logName, type LogSource } from '../event.ts'
import { createListeners } from '../listeners.ts'
import { createPulse, type Pulse } from '../pulse.ts'
import { createTailReader } from './tail-reader.ts'
import { createTroubleLog } from '../trouble-log.ts'
import { createWatermark, type Watermark } from '../watermark/watermark.ts'

export interface LogSourceOptions {
  /** The primary that holds the log. */
  readonly database: Session
  readonly log: LogId
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics?: Metrics
  /** The floor: how often the log is looked at while somebody listens and nothing wakes it. Default 20. */
  readonly pollMs?: number
  /** Events kept in memory for the consumers at the tail. Default 1,024: at full load the slowest stands 200 behind. */
  readonly maxCachedEvents?: number
  /** Most payload bytes of one read of the table. Default 1 MiB; one larger event still comes, alone. */
  readonly maxReadBytes?: number
}

/** A log as its owner reads it. */
export interface LocalLogSource extends LogSource, AsyncDisposable {
  /**
   * To be called after each commit that appended: wakes the listeners at once, or once others have committed what they drew before,
   * instead of at the next poll.
   * @param appended Saves looking for it, and reading it back.
   */
  notifyAppend(appended?: Appended): void
  /** How many events stand at or below `position`. Counts the whole log: for audits. */
  countUpTo(position: number): Promise<number>
  /** How long the oldest event that is not final yet has been waiting, milliseconds. */
  watermarkAgeMs(): number
  /** Idempotent. Resolves once no statement is on its way. */
  stop(): Promise<void>
}

/** A process that stood still may have missed the server's end: it looks before it takes what it has appended for the log. */
const WATCHED_MS = 1_000
/** Within this time most of those who have drawn positions commit them. */
const HOLE_MS = 10

/**
 * Reads one log in order, up to its watermark. One poll for all listeners, and none without any: `read` and
 * `watermark` then look for themselves.
 */
export function createLogSource(options: LogSourceOptions): LocalLogSource {
  const { database, log, clock, logger } = options
  const { pollMs = 20, maxCachedEvents = 1_024, maxReadBytes = 1_048_576 } = options
  const watermark = createWatermark(database)
  const tail = createTailReader({ database, log, watermark, maxCachedEvents, maxReadBytes })
  const listeners = createListeners()
  const age = createAge(clock)
  let vainBeats = 0
  let toldTo = 0
  let failures = 0
  let lookedAtMs = Number.NEGATIVE_INFINITY
  const trouble = createTroubleLog(logger, log)

  const pulse = createPulse({ clock, minIntervalMs: 1, beat, onError })
  expose(options, { positionOf: () => watermark.position, watermarkAgeMs: age.ms })

  return {
    log,
    async read(after, limit) {
      const events = await tail.read(after, limit)
      if (events.length > 0) return events
      await checkEnd({ pulse, watermark, log }, after)
      if (listeners.count() > 0) return events
      await catchUp({ pulse, watermark })
      return tail.read(after, limit)
    },
    async watermark() {
      await catchUp({ pulse, watermark })
      return watermark.position
    },
    onAppend(wake) {
      const end = listeners.add(wake)
      pulse.beatSoon(0)
      return end
    },
    notifyAppend(appended) {
      if (listeners.count() === 0) return
      const isKnown = appended !== undefined && tail.add(appended)
      if (clock.monotonicMs() - lookedAtMs < WATCHED_MS) tail.passOwn()
      if (isKnown && watermark.position >= appended.lastPosition) return listeners.wake()
      if (!watermark.isWaiting) pulse.beatSoon(isKnown ? HOLE_MS : 0)
    },
    countUpTo: (position) => countEventsUpTo(database, position),
    watermarkAgeMs: age.ms,
    stop: pulse.stop,
    [Symbol.asyncDispose]: pulse.stop,
  }

  async function beat(): Promise<number | null> {
    const startedAtMs = clock.monotonicMs()
    await watermark.advance()
    if (clock.monotonicMs() - startedAtMs < WATCHED_MS) tail.passOwn()
    lookedAtMs = startedAtMs
    failures = 0
    trouble.worked()
    const hasMoved = watermark.position !== toldTo
    toldTo = watermark.position
    age.note({ isWaiting: watermark.isWaiting, hasMoved })
    vainBeats = hasMoved || !watermark.isWaiting ? 0 : vainBeats + 1
    if (hasMoved) listeners.wake()
    const tookMs = clock.monotonicMs() - startedAtMs
    return listeners.count() > 0 ? pauseAfter({ pollMs, watermark, vainBeats, tookMs }) : null
  }

  /** The poll never dies: it goes on, slower, and says so once. */
  function onError(error: unknown): number {
    trouble.failed(error)
    return backoffMs({ firstMs: 50, capMs: 2_000 }, ++failures, options.random) + pollMs
  }
}

/** How long the oldest event that is not final yet has been waiting, milliseconds. */
function createAge(clock: Clock) {
  let sinceMs: number | null = null
  return {
    ms: () => (sinceMs === null ? 0 : clock.monotonicMs() - sinceMs),
    note({ isWaiting, hasMoved }: { readonly isWaiting: boolean; readonly hasMoved: boolean }): void {
      if (!isWaiting) sinceMs = null
      else if (sinceMs === null || hasMoved) sinceMs = clock.monotonicMs()
    },
  }
}

/** Looks in vain after which what is waited for takes long: each asks the locks. */
const LONG = 10

interface Beat {
  readonly pollMs: number
  readonly watermark: Pick<Watermark, 'isWaiting' | 'isBehind'>
  /** Looks in a row that settled nothing, this one included. */
  readonly vainBeats: number
  readonly tookMs: number
}

/**
 * A lone event is settled within milliseconds. While events keep coming, looks follow each other faster than at quiet, as far as the
 * database has time to spare: each settles what it can and sees what came since.
 */
function pauseAfter({ pollMs, watermark, vainBeats, tookMs }: Beat): number {
  if (!watermark.isWaiting) return watermark.isBehind ? Math.min(pollMs, HOLE_MS) : pollMs
  const steadyMs = Math.min(pollMs, Math.max(pollMs / 4, tookMs * 4))
  if (vainBeats > LONG) return Math.max(steadyMs, Math.min(pollMs, 20))
  return vainBeats === 0 ? steadyMs : Math.min(steadyMs, 2 ** vainBeats / 2)
}

/** Two steps: one sees where the sequence stands, the next that it is final; another before them begins a life of the server. */
async function catchUp({ pulse, watermark }: Beating): Promise<void> {
  for (let step = 0; step < 3; step++) {
    watermark.lookClosely()
    await pulse.beatNow()
    if (!watermark.isWaiting && watermark.incarnation !== null) return
  }
}

/**
 * Who stands beyond the watermark is ahead of this process's look at the log, or has read events that are gone.
 * @throws `log.REWOUND`
 */
async function checkEnd({ pulse, watermark, log }: Beating & { readonly log: LogId }, after: number): Promise<void> {
  if (after <= watermark.position) return
  watermark.lookClosely()
  await pulse.beatNow()
  if (watermark.isWaiting || watermark.incarnation === null || after <= watermark.position) return
  throw logErrors.REWOUND({ log: logName(log), after, end: watermark.position })
}

interface Beating {
  readonly pulse: Pulse
  readonly watermark: Watermark
}

interface Readings {
  positionOf(): number
  watermarkAgeMs(): number
}

function expose({ metrics, log }: LogSourceOptions, { positionOf, watermarkAgeMs }: Readings): void {
  const labels = { log: logName(log) }
  metrics?.gaugeOf(
    { name: 'banyan_log_watermark_age_seconds', help: 'Age of the oldest event that is not final yet.', labels },
    () => watermarkAgeMs() / 1_000,
  )
  metrics?.gaugeOf(
    { name: 'banyan_log_watermark_position', help: 'Position up to which the log is final.', labels },
    positionOf,
  )
}
