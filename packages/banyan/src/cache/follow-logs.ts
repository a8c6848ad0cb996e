import type { Positions } from '../contract/index.ts'
import { backoffMs, type Clock, type Random } from '../core/index.ts'
import { createPulse, createTroubleLog, logName, type LogSource, type StoredEvent } from '../log/index.ts'
import type { Histogram, Logger, Metrics } from '../observe/index.ts'
import type { ApplicationCache } from './application-cache.ts'
import type { CachePlan, Invalidation } from './cache-plan.ts'

export interface FollowOptions {
  readonly plan: Pick<CachePlan, 'invalidations'>
  /** The logs of all services that what is kept depends on. */
  readonly sources: readonly LogSource[]
  readonly cache: Pick<ApplicationCache, 'invalidate' | 'trust' | 'distrust'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Drops kept answers as the logs tell of changes. */
export interface LogFollower extends AsyncDisposable {
  /** Up to where each followed log has been applied: every event before is committed and has been heard of. */
  positions(): Positions
  /** Idempotent. */
  stop(): Promise<void>
}

/** How often the producer is asked for the end of its log while nothing comes: a hint that does not come says nothing. */
const HEARTBEAT_MS = 1_000
/** Who has not answered by then is lost: from then on nothing that was read before is fresh. */
const LOST_AFTER_MS = 1_500
const RETRY = { firstMs: 50, capMs: 1_000 }
const MAX_EVENTS = 1_000

/** Positions before the end where following begins: it must stand at an event, because only those are never drawn again. */
const REACH_BACK = 256

/** Follows each log from about its present end: what was kept before this process began is not its own. */
export function followLogs(options: FollowOptions): LogFollower {
  const applied = new Map<string, number>()
  let positions: Positions | null = null
  const lags = createLags(options.metrics)
  const stops = options.sources.map((source) => {
    const apply = (event: StoredEvent, isNew: boolean) => applyEvent(options, event, isNew ? lags : null)
    return followLog({ ...options, source, apply, onApplied })
  })
  const stop = async () => void (await Promise.all(stops.map((end) => end())))

  return {
    positions: () => (positions ??= Object.freeze(Object.fromEntries(applied))),
    stop,
    [Symbol.asyncDispose]: stop,
  }

  function onApplied(log: string, position: number): void {
    applied.set(log, position)
    positions = null
  }
}

interface Lags {
  readonly memory: Histogram
  readonly shared: Histogram
}

function createLags(metrics: Metrics): Lags {
  const lagOf = (layer: string) =>
    metrics.histogram({
      name: 'banyan_cache_invalidation_lag_seconds',
      help: 'From an event’s transaction to the end of what a layer keeps that it makes old.',
      labels: { layer },
      unit: 'milliseconds',
    })
  return { memory: lagOf('l1'), shared: lagOf('l2') }
}

/** @param lags `null`: it was there before this process followed the log, and could not make anything of it old. */
function applyEvent({ plan, cache, clock }: FollowOptions, event: StoredEvent, lags: Lags | null): void {
  const invalidations = plan.invalidations.get(event.type)
  if (invalidations === undefined) return
  const lagMs = () => Math.max(0, clock.now() - Date.parse(event.recordedAt))
  const about = { kind: 'event', log: logName(event.log), position: event.position } as const
  for (const [name, tags] of tagsByRow(invalidations, event)) {
    const cause = name === null ? about : { ...about, row: { name, version: event.version } }
    cache.invalidate([...tags], cause, () => lags?.shared.observe(lagMs()))
    lags?.memory.observe(lagMs())
  }
}

function tagsByRow(invalidations: readonly Invalidation[], { payload }: StoredEvent): Map<string | null, Set<string>> {
  const byRow = new Map<string | null, Set<string>>()
  for (const { toTags, row } of invalidations) {
    const tags = byRow.get(row) ?? new Set()
    for (const tag of toTags(payload as never)) tags.add(tag)
    byRow.set(row, tags)
  }
  return byRow
}

interface FollowOne extends FollowOptions {
  readonly source: LogSource
  readonly apply: (event: StoredEvent, isNew: boolean) => void
  readonly onApplied: (log: string, position: number) => void
}

function followLog(options: FollowOne): () => Promise<void> {
  const { source, cache, clock, random, logger, apply, onApplied } = options
  const { producer } = source.log
  const log = logName(source.log)
  const trouble = createTroubleLog(logger, source.log)
  let cursor: number | null = null
  let firstEnd = 0
  let askedAtMs = Number.NEGATIVE_INFINITY
  let failures = 0
  let isTrusted = false

  lose()
  const pulse = createPulse({ clock, minIntervalMs: 1, beat, onError })
  const endListening = source.onAppend(() => pulse.beatSoon(0))
  pulse.beatSoon(0)
  return async () => {
    endListening()
    await pulse.stop()
  }

  async function beat(): Promise<number> {
    const cancel = clock.schedule(LOST_AFTER_MS, lose)
    try {
      cursor = await readOn(mustAsk() ? await askForEnd() : cursor!)
    } finally {
      cancel()
    }
    failures = 0
    trouble.worked()
    if (!isTrusted) cache.trust(producer)
    isTrusted = true
    return askedAtMs + HEARTBEAT_MS - clock.monotonicMs()
  }

  /** A hint alone is followed by reading: asking, too, at each would double the transactions of a busy shop. */
  function mustAsk(): boolean {
    return !isTrusted || clock.monotonicMs() - askedAtMs >= HEARTBEAT_MS
  }

  /** Where to read on from, from a producer that has shown that it is there. */
  async function askForEnd(): Promise<number> {
    askedAtMs = clock.monotonicMs()
    const end = await source.watermark()
    if (cursor === null) firstEnd = end
    return cursor ?? Math.max(0, end - REACH_BACK)
  }

  async function readOn(after: number): Promise<number> {
    for (let position = after; ;) {
      const events = await source.read(position, MAX_EVENTS)
      if (events.length === 0) return position
      for (const event of events) apply(event, event.position > firstEnd)
      position = events.at(-1)!.position
      onApplied(log, position)
    }
  }

  function lose(): void {
    if (isTrusted || cursor === null) cache.distrust(producer)
    isTrusted = false
  }

  function onError(error: unknown): number {
    trouble.failed(error)
    lose()
    return backoffMs(RETRY, ++failures, random)
  }
}
