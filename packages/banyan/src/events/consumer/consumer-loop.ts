import type { Positions } from '../../contract/index.ts'
import { type Backoff, backoffMs } from '../../core/index.ts'
import { createTroubleLog } from '../../log/index.ts'
import { createFailureLog, type FailureLog } from '../../observe/index.ts'
import { BatchRunner } from './batch-runner.ts'
import type { ConsumerOptions, ConsumerState } from './consumer-options.ts'
import { createFilter } from './event-filter.ts'
import { LogCursor } from './log-cursor.ts'
import { restMs } from './pace.ts'
import { openLanes } from './positions-store.ts'
import { createUpcaster } from '../upcast.ts'

const DEFAULTS = {
  maxEvents: 500,
  minIntervalMs: 20,
  maxIntervalMs: 100,
  idlePollMs: 1_000,
  flushMs: 5_000,
  maxAttempts: 5,
  maxParked: 10_000,
}

const RETRY: Backoff = { firstMs: 100, capMs: 5_000 }
const STANDBY: Backoff = { firstMs: 50, capMs: 500 }

/**
 * Gather, apply, again. While one batch is applied the next gathers in the logs. Level-triggered: what to do follows from
 * what is in the tables, never from a message, so that no lost wake-up and no error can strand an event.
 */
export class ConsumerLoop {
  state: ConsumerState = 'running'
  readonly #options: ConsumerOptions
  readonly #limits: typeof DEFAULTS
  readonly #cursors: readonly LogCursor[]
  readonly #batches: BatchRunner
  readonly #trouble: FailureLog
  readonly #readTrouble: ReadonlyMap<LogCursor, FailureLog>
  #isEnding = false
  #isOpen = false
  #failures = 0
  #refusals = 0
  #wake: () => void = () => undefined
  #interrupt: () => void = () => undefined

  constructor(options: ConsumerOptions) {
    const { definition, accepts = () => true } = options
    const upcaster = createUpcaster(definition.types, definition.upcasts)
    this.#options = options
    const { minIntervalMs = DEFAULTS.minIntervalMs } = definition
    this.#limits = { ...DEFAULTS, minIntervalMs, ...options.limits }
    const filter = createFilter({ upcaster, accepts, logger: options.logger })
    this.#cursors = options.sources.map((source) => new LogCursor(source, filter))
    this.#batches = new BatchRunner(options, { upcaster, ...this.#limits })
    const { logger } = options
    const texts = { fails: 'consumer cannot go on, trying again', works: 'consumer goes on' }
    this.#trouble = createFailureLog({ logger, ...texts })
    this.#readTrouble = new Map(this.#cursors.map((cursor) => [cursor, createTroubleLog(logger, cursor.source.log)]))
    this.#expose()
  }

  positions(): ReadonlyMap<string, number> {
    return new Map(this.#cursors.map((cursor) => [cursor.log, cursor.position]))
  }

  /** Whether all that it asked for is applied up to there; logs that it does not read count as applied. */
  hasApplied(positions: Positions): boolean {
    return this.#isOpen && this.#cursors.every(({ log, doneTo }) => doneTo >= (positions[log] ?? 0))
  }

  /** Looks at its logs now: somebody waits. */
  hurry(): void {
    for (const cursor of this.#cursors) cursor.isDirty = true
    this.#wake()
  }

  end(): void {
    this.#isEnding = true
    this.#interrupt()
  }

  async run(): Promise<void> {
    const stops = this.#cursors.map((cursor) =>
      cursor.source.onAppend(() => {
        cursor.isDirty = true
        this.#wake()
      }),
    )
    while (!this.#isEnding) await this.#turn()
    for (const stop of stops) stop()
    for (const { source } of this.#cursors) source.applied?.(this.#options.definition.name, null)
    this.state = 'stopped'
  }

  async #turn(): Promise<void> {
    const startedAtMs = this.#options.clock.monotonicMs()
    try {
      if (!this.#isOpen) await this.#open()
      await this.#gather()
      await this.#apply(startedAtMs)
    } catch (error) {
      await this.#retryLater(error)
    }
  }

  async #open(): Promise<void> {
    await this.#adoptPositions()
    this.#isOpen = true
  }

  async #adoptPositions(): Promise<void> {
    const { database, definition } = this.#options
    const logs = this.#cursors.map((cursor) => cursor.log)
    const lanes = await openLanes(database, definition.name, logs)
    for (const cursor of this.#cursors) cursor.adopt(lanes.filter((lane) => lane.log === cursor.log))
    this.#tellApplied()
  }

  #tellApplied(): void {
    const { name } = this.#options.definition
    for (const { source, position } of this.#cursors) source.applied?.(name, position)
  }

  /** Each log by itself: one that cannot be read holds up no other. */
  async #gather(): Promise<void> {
    const { clock, random } = this.#options
    const now = clock.monotonicMs()
    const due = this.#cursors.filter((cursor) => cursor.isDirty && cursor.pausedUntilMs <= now)
    await Promise.all(
      due.map(async (cursor) => {
        try {
          await cursor.readMore(this.#limits.maxEvents)
          cursor.pausedUntilMs = 0
          cursor.readFailures = 0
          this.#readTrouble.get(cursor)!.worked()
        } catch (error) {
          cursor.isDirty = true
          cursor.pausedUntilMs = clock.monotonicMs() + 20 + backoffMs(RETRY, cursor.readFailures++, random)
          if (!this.#isEnding) this.#readTrouble.get(cursor)!.failed(error)
        }
      }),
    )
  }

  async #apply(startedAtMs: number): Promise<void> {
    const { random } = this.#options
    const ready = this.#ready()
    if (ready.length === 0) return this.#rest()
    const sizes = ready.map((cursor) => cursor.pending.length)
    const outcome = await this.#batches.run(ready)
    if (outcome === 'done') {
      this.#failures = this.#refusals = 0
      this.#trouble.worked()
      this.#tellApplied()
    }
    this.state = outcome === 'busy' ? 'standby' : outcome === 'retry' ? 'retrying' : 'running'
    if (outcome === 'done')
      await this.#sleep(restMs({ tookMs: this.#options.clock.monotonicMs() - startedAtMs, sizes }, this.#limits))
    if (outcome === 'retry') await this.#sleep(backoffMs(RETRY, this.#failures++, random))
    if (outcome !== 'busy') return
    await this.#sleep(20 + backoffMs(STANDBY, this.#refusals++, random))
    await this.#adoptPositions()
  }

  /** A log whose guilty event is being looked for runs alone; all others share a transaction. */
  #ready(): readonly LogCursor[] {
    const suspicious = this.#cursors.find((cursor) => cursor.isSuspicious && cursor.pending.length > 0)
    if (suspicious) return [suspicious]
    const now = this.#options.clock.monotonicMs()
    return this.#cursors.filter((cursor) => {
      if (cursor.pending.length === 0 || cursor.hasWork) {
        cursor.heldSinceMs = null
        return cursor.hasWork
      }
      cursor.heldSinceMs ??= now
      return cursor.pending.length >= this.#limits.maxEvents || now - cursor.heldSinceMs >= this.#limits.flushMs
    })
  }

  async #rest(): Promise<void> {
    const now = this.#options.clock.monotonicMs()
    for (const cursor of this.#cursors) {
      const upTo = cursor.trailingTo
      cursor.trailingSinceMs = upTo === null ? null : (cursor.trailingSinceMs ?? now)
      if (upTo !== null && now - cursor.trailingSinceMs! >= this.#limits.flushMs) {
        await this.#batches.moveTrailing(cursor, upTo)
      }
    }
    return this.#idle()
  }

  /** Until somebody says that there is more, and now and then in any case. */
  async #idle(): Promise<void> {
    const { clock } = this.#options
    const now = clock.monotonicMs()
    const dirty = this.#cursors.filter((cursor) => cursor.isDirty)
    const resumeMs = Math.min(...dirty.map((cursor) => cursor.pausedUntilMs - now))
    if (resumeMs <= 0 || this.#isEnding) return
    this.state = 'running'
    const wasWoken = await this.#sleep(Math.min(this.#limits.idlePollMs, resumeMs), true)
    if (wasWoken) return
    if (this.#cursors.some((cursor) => cursor.isBlocked)) await this.#adoptPositions()
    for (const cursor of this.#cursors) cursor.isDirty = true
  }

  async #retryLater(error: unknown): Promise<void> {
    this.state = 'retrying'
    if (!this.#isEnding) this.#trouble.failed(error)
    await this.#sleep(20 + backoffMs(RETRY, this.#failures++, this.#options.random))
  }

  /** Ends early when stopped, and, if `wakeable`, when woken: then resolves to true. */
  async #sleep(ms: number, wakeable = false): Promise<boolean> {
    if (ms <= 0 || this.#isEnding) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const cancel = this.#options.clock.schedule(ms, () => resolve(false))
    this.#interrupt = () => resolve(true)
    if (wakeable) this.#wake = this.#interrupt
    const wasWoken = await promise
    this.#wake = this.#interrupt = () => undefined
    cancel()
    return wasWoken
  }

  #expose(): void {
    const { metrics, definition, clock } = this.#options
    metrics?.gaugeOf(
      {
        name: 'banyan_consumer_lag_seconds',
        help: 'Age of the oldest event that was read and not yet applied.',
        labels: { consumer: definition.name },
      },
      () => {
        const oldest = this.#cursors.flatMap(
          (cursor) => cursor.pending.find((at) => at.isWanted)?.event.recordedAt ?? [],
        )
        return Math.max(0, ...oldest.map((recordedAt) => (clock.now() - Date.parse(recordedAt)) / 1_000))
      },
    )
  }
}
