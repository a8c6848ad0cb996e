import { noFaults, type FaultPoints } from '../../core/index.ts'
import type { Transaction } from '../../data/index.ts'
import type { StoredEvent } from '../../log/index.ts'
import { isOutage, type Counter } from '../../observe/index.ts'
import { applyBatch, type BatchContext, type BatchPart } from './apply-batch.ts'
import { countAttempts, type Run } from './attempts-store.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { classifyFailure, describeFailure, type FailureKind } from '../failure.ts'
import type { LogCursor } from './log-cursor.ts'
import { type Plan, planRun } from './plan.ts'
import { traceEvents } from './trace-events.ts'
import type { Upcaster } from '../upcast.ts'

/**
 * - `done`: applied, or found applied.
 * - `again`: nothing was applied, and something has been learned: run again at once.
 * - `busy`: another process is at it.
 * - `retry`: failed; run again later.
 */
export type BatchOutcome = 'done' | 'again' | 'busy' | 'retry'

interface PlannedPart {
  readonly cursor: LogCursor
  readonly plan: Plan
  readonly attempts: number
}

/** Runs one batch: counts the attempt, applies, and narrows a failing batch down to the guilty event. */
export class BatchRunner {
  readonly #options: ConsumerOptions
  readonly #context: BatchContext
  readonly #maxAttempts: number
  readonly #faults: FaultPoints
  readonly #applied: Counter | undefined
  readonly #deadLetters: Counter | undefined
  #lastError: unknown = null
  /** Of the event that runs alone. */
  #slowRuns = 0
  /** The last failure said nothing about the events: its attempt does not count. */
  #isForgiven = false

  constructor(options: ConsumerOptions, how: { upcaster: Upcaster; maxAttempts: number; maxParked: number }) {
    const { definition, database, metrics, tracer } = options
    const { name, poison = 'park' } = definition
    this.#options = options
    this.#faults = options.faults ?? noFaults
    this.#maxAttempts = how.maxAttempts
    this.#context = {
      database,
      consumer: name,
      faults: options.faults,
      maxParked: how.maxParked,
      poisonStatus: poison === 'skip' ? 'skipped' : 'poisoned',
      handle: (tx: Transaction, events: readonly StoredEvent[]) =>
        traceEvents({ tracer, consumer: name }, events, () =>
          definition.handle(
            tx,
            events.map((event) => how.upcaster.upcast(event)),
          ),
        ),
    }
    const labels = { consumer: name }
    this.#applied = metrics?.counter({ name: 'banyan_consumer_events_total', help: 'Events delivered.', labels })
    this.#deadLetters = metrics?.counter({
      name: 'banyan_consumer_dead_letters_total',
      help: 'Events that kept failing.',
      labels,
    })
  }

  /** @param cursors each with pending events. @throws what counting the attempt throws. */
  async run(cursors: readonly LogCursor[]): Promise<BatchOutcome> {
    const plans = new Map(cursors.map((cursor) => [cursor.log, planFor(cursor)]))
    const planned = cursors.map(({ log, recordedRun }) => ({ log, run: plans.get(log)!.run, recorded: recordedRun }))
    const increment = this.#isForgiven ? 0 : 1
    const counted = await countAttempts(this.#options.database, this.#context.consumer, { planned, increment })
    const parts: PlannedPart[] = []
    for (const { log, attempts, unfinished } of counted) {
      const cursor = cursors.find((at) => at.log === log)!
      const plan = plans.get(log)!
      cursor.recordedRun = unfinished ?? plan.run
      // Begun by a process that is gone, and perhaps the reason: goes on where that one left off.
      if (attempts === null) cursor.lastRun = unfinished
      else parts.push({ cursor, plan, attempts })
    }
    if (this.#faults.isArmed) await this.#faults.reach('consumer.attempt-counted', this.#context.consumer)
    if (parts.length > 0) return this.#attempt(parts)
    return counted.length > 0 ? 'again' : 'busy'
  }

  /** Moves lanes that trail behind what is done. Nothing is handled, so that nothing counts as an attempt. */
  async moveTrailing(cursor: LogCursor, upTo: number): Promise<void> {
    const part = { log: cursor.log, upTo, events: [], knownPositions: cursor.positions, poison: null }
    cursor.adopt(await applyBatch(this.#context, [part]))
  }

  async #attempt(parts: readonly PlannedPart[]): Promise<BatchOutcome> {
    // Begun more often than allowed and never finished: it took the process with it each time.
    const isKiller = isSingle(parts) && parts[0]!.attempts > this.#maxAttempts
    const before = parts.map((part) => part.cursor.lastRun)
    for (const { cursor, plan } of parts) cursor.lastRun = plan.run
    try {
      await (isKiller ? this.#bury(parts) : this.#apply(parts, null))
      this.#isForgiven = false
      this.#slowRuns = 0
      return 'done'
    } catch (error) {
      return await this.#judge(error, parts, before)
    }
  }

  async #judge(error: unknown, parts: readonly PlannedPart[], before: readonly (Run | null)[]): Promise<BatchOutcome> {
    const kind = this.#classify(error, parts)
    const logs = parts.map((part) => part.cursor.log)
    const { logger } = this.#options
    // Who reaches for what is away says so; here it would be said at each attempt.
    logger[isOutage(error) ? 'debug' : 'warn']({ logs, kind, error }, 'events could not be applied')
    this.#isForgiven = kind !== 'poison'
    if (kind === 'transient') for (const [index, { cursor }] of parts.entries()) cursor.lastRun = before[index]!
    if (kind !== 'poison') return 'retry'
    this.#lastError = error
    if (!isSingle(parts)) return 'again'
    if (parts[0]!.attempts < this.#maxAttempts && classifyFailure(error) === 'poison') return 'retry'
    await this.#bury(parts)
    return 'done'
  }

  /** One event alone that has run out of time again and again, over minutes, is poison after all. */
  #classify(error: unknown, parts: readonly PlannedPart[]): FailureKind {
    const kind = classifyFailure(error)
    if (kind !== 'slow' || !isSingle(parts)) return kind
    return ++this.#slowRuns >= SLOW_RUNS * this.#maxAttempts ? 'poison' : 'slow'
  }

  /** The guilty event is found: it becomes a dead letter, and everything else goes on. */
  async #bury(parts: readonly PlannedPart[]): Promise<void> {
    const [{ cursor, attempts }] = parts as [PlannedPart]
    const { event } = cursor.pending[0]!
    const error = this.#lastError === null ? KILLED : describeFailure(this.#lastError)
    await this.#apply(parts, { position: event.position, error, attempts })
    this.#lastError = null
    this.#slowRuns = 0
    this.#deadLetters?.add()
    const { poisonStatus } = this.#context
    const fields = { log: cursor.log, position: event.position, aggregateId: event.aggregateId, error }
    this.#options.logger.error(fields, `event is ${poisonStatus}`)
  }

  async #apply(parts: readonly PlannedPart[], poison: BatchPart['poison']): Promise<void> {
    const batch = parts.map(({ cursor, plan }): BatchPart => {
      const events = cursor.pending.slice(0, plan.count)
      return { log: cursor.log, upTo: plan.run.last, events, knownPositions: cursor.positions, poison }
    })
    const lanes = await applyBatch(this.#context, batch)
    if (this.#faults.isArmed) await this.#faults.reach('consumer.applied', this.#context.consumer)
    for (const { cursor, plan } of parts) {
      cursor.adopt(lanes.filter((lane) => lane.log === cursor.log))
      this.#applied?.add(plan.count)
    }
  }
}

const SLOW_RUNS = 4
const KILLED = 'The process ended each time it ran this event.'

function planFor(cursor: LogCursor): Plan {
  const pending = cursor.pending.map(({ event }) => event.position)
  return planRun(cursor.position, pending, cursor.lastRun)
}

function isSingle(parts: readonly PlannedPart[]): boolean {
  return parts.length === 1 && parts[0]!.plan.count === 1
}
