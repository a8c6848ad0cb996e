import { type Clock, isError, type Random } from '../../core/index.ts'
import type { Database, Transaction } from '../../data/index.ts'
import { logName, type LogSource } from '../../log/index.ts'
import type { Logger } from '../../observe/index.ts'
import { type Consumer, startConsumer } from '../consumer/consumer.ts'
import type { ConsumerLimits } from '../consumer/consumer-options.ts'
import type { ProjectionDefinition } from '../definition.ts'
import { eventsErrors } from '../events-errors.ts'
import { classifyFailure } from '../failure.ts'
import { awaitLanes, readLanes } from '../consumer/positions-store.ts'
import { toRebuildConsumer } from './projection.ts'
import { type Comparison, compareTables, createBeside, dropRebuild, startAnew, swap } from './rebuild-store.ts'

export interface RebuildOptions {
  readonly projection: ProjectionDefinition
  readonly database: Database
  readonly sources: readonly LogSource[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Goes on with a rebuild that was broken off, built by the same code. Default false: begins anew. */
  readonly resume?: boolean
  /** Default true. `false`: only compares, and drops what it built. */
  readonly swap?: boolean
  /** For the whole rebuild. Default 1 h. */
  readonly timeoutMs?: number
  readonly limits?: Pick<ConsumerLimits, 'maxEvents' | 'maxParked'>
}

export interface RebuildResult extends Comparison {
  readonly swapped: boolean
  readonly durationMs: number
}

/**
 * Builds a projection's table again from the beginning of its logs, beside the live one, and puts it in its place.
 * Live consumption goes on; it pauses only while the last events are caught up, the tables compared and swapped, all in
 * one transaction. One rebuild of a projection at a time. Broken off anywhere, it leaves the live table as it was.
 * @throws `events.NOT_CAUGHT_UP`, `events.BAD_TABLE_NAME`
 */
export async function rebuildProjection(options: RebuildOptions): Promise<RebuildResult> {
  const { projection, database, clock, resume = false, timeoutMs = 3_600_000 } = options
  const startedAtMs = clock.monotonicMs()
  const deadline = { atMs: startedAtMs + timeoutMs, timeoutMs }
  const isSwapped = options.swap ?? true
  const definition = toRebuildConsumer(projection)
  await database.transaction((tx) => (resume ? createBeside(tx, projection) : startAnew(tx, projection)))
  const caps = new Map<string, number>()
  await using consumer = startConsumer({
    ...options,
    definition,
    sources: options.sources.map((source) => capSource(source, caps)),
    limits: { maxEvents: 2_000, ...options.limits, minIntervalMs: 0, maxIntervalMs: 0, idlePollMs: 20, flushMs: 0 },
  })
  const progress = { consumer, caps, deadline }
  await followLive(options, progress)
  const comparison = await holdLive(options, progress, async (tx) => {
    const found = await compareTables(tx, projection)
    if (isSwapped) swap(tx, projection)
    else dropRebuild(tx, projection)
    return found
  })
  return { ...comparison, swapped: isSwapped, durationMs: clock.monotonicMs() - startedAtMs }
}

interface Progress {
  readonly consumer: Consumer
  /** By log: as far as the live table has got. The rebuild never gets ahead of it, so that they can be compared. */
  readonly caps: Map<string, number>
  readonly deadline: { readonly atMs: number; readonly timeoutMs: number }
}

function capSource(source: LogSource, caps: ReadonlyMap<string, number>): LogSource {
  return {
    log: source.log,
    async read(after, limit) {
      const cap = caps.get(logName(source.log)) ?? 0
      return after >= cap ? [] : (await source.read(after, limit)).filter((event) => event.position <= cap)
    },
    watermark: () => source.watermark(),
    onAppend: (wake) => source.onAppend(wake),
  }
}

/** A stretch this short is caught up while the live consumer waits. */
const SHORT_MS = 250

/** Until the rebuild stands where the live consumer stood a moment ago. */
async function followLive({ projection, database, sources, clock }: RebuildOptions, progress: Progress): Promise<void> {
  const logs = sources.map((source) => logName(source.log))
  let stretchMs = Number.POSITIVE_INFINITY
  while (stretchMs > SHORT_MS) {
    const startedAtMs = clock.monotonicMs()
    raiseCaps(progress.caps, await readLanes(database, projection.name, logs))
    while (!isCaughtUp(progress)) await pauseBefore(projection, clock, progress)
    stretchMs = clock.monotonicMs() - startedAtMs
  }
}

/** Runs `work` with the live consumer held where it stands, once the rebuild stands there too. */
async function holdLive<T>(
  { projection, database, sources, clock }: RebuildOptions,
  progress: Progress,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const logs = sources.map((source) => logName(source.log))
  for (;;) {
    try {
      return await database.transaction(async (tx) => {
        raiseCaps(progress.caps, await awaitLanes(tx, projection.name, logs))
        while (!isCaughtUp(progress)) {
          await pauseBefore(projection, clock, progress)
          // Keeps this session from idling in its transaction.
          await readLanes(tx, projection.name, logs)
        }
        return work(tx)
      })
    } catch (error) {
      // A reader may hold the live table for longer than a lock is waited for.
      if (classifyFailure(error) !== 'transient' || isError(error, eventsErrors.NOT_CAUGHT_UP)) throw error
      await pauseBefore(projection, clock, progress)
    }
  }
}

function raiseCaps(caps: Map<string, number>, lanes: readonly { readonly log: string; readonly position: number }[]) {
  for (const { log, position } of lanes) caps.set(log, Math.max(caps.get(log) ?? 0, position))
}

function isCaughtUp({ consumer, caps }: Progress): boolean {
  const positions = consumer.positions()
  return [...caps].every(([log, cap]) => (positions.get(log) ?? 0) >= cap)
}

async function pauseBefore(projection: ProjectionDefinition, clock: Clock, { deadline }: Progress): Promise<void> {
  if (clock.monotonicMs() >= deadline.atMs) {
    throw eventsErrors.NOT_CAUGHT_UP({ projection: projection.name, timeoutMs: deadline.timeoutMs })
  }
  await clock.sleep(10)
}
