import { backoffMs, type BanyanError, type Random } from '../../../core/index.ts'
import type { Logger } from '../../../observe/index.ts'
import type { ClientConnectionOptions } from './client-connection.ts'
import { Lane, type LaneState } from './lane.ts'
import { unreachable } from './unreachable.ts'

export interface LanesOptions extends ClientConnectionOptions {
  readonly random: Random
  readonly logger: Logger
}

export interface LanesEvents {
  onReady(lane: Lane): void
  /** None is ready or about to be. */
  onUnreachable(reason: BanyanError): void
}

const RECONNECT = { firstMs: 50, capMs: 2_000 }

/** The sockets to one process. One failed attempt speaks for all: the process is tried again after a pause, not once a lane. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #events: LanesEvents
  readonly #lanes: readonly Lane[]
  #failures = 0
  #retryAtMs = -Infinity
  #lastFailure: BanyanError | null = null
  #isStopped = false

  constructor(options: LanesOptions, events: LanesEvents) {
    this.#options = options
    this.#events = events
    this.#lanes = Array.from({ length: options.limits.connections }, () => this.#createLane())
  }

  get state(): 'idle' | 'ready' | 'draining' | 'unreachable' {
    if (this.#has('ready')) return 'ready'
    if (this.#has('draining')) return 'draining'
    return this.#lastFailure === null ? 'idle' : 'unreachable'
  }

  /**
   * The ready lane with the fewest calls, and a beginning of those that are not connected. All calls of one turn of the event loop go
   * the same way, up to a page: spread over two lanes they cost two writes here, and two reads and writes there.
   */
  pick(): Lane | null {
    if (this.#isStopped) return null
    let best: Lane | null = null
    for (const lane of this.#lanes) {
      const { state } = lane
      if (state === 'closed' && this.#mayTry()) lane.open()
      if (state !== 'ready') continue
      if (lane.isGathering) return lane
      if (best === null || lane.inFlight < best.inFlight) best = lane
    }
    return best
  }

  /** Why nothing can be sent now; `null`: a connection is being made. */
  refusal(): BanyanError | null {
    const { address } = this.#options
    if (this.#isStopped) return unreachable(address, STOPPED)
    if (this.#has('connecting')) return null
    if (this.#has('draining')) return unreachable(address, new Error('it is stopping'))
    return this.#lastFailure ?? unreachable(address, null)
  }

  stop(): void {
    this.#isStopped = true
    for (const lane of this.#lanes) lane.fail(STOPPED)
  }

  #createLane(): Lane {
    const lane: Lane = new Lane(this.#options, {
      onReady: () => this.#ready(lane),
      onEnd: (reason, wasReady) => this.#ended(reason, wasReady),
    })
    return lane
  }

  #has(state: LaneState): boolean {
    return this.#lanes.some((lane) => lane.state === state)
  }

  #mayTry(): boolean {
    return this.#failures === 0 || this.#options.clock.monotonicMs() >= this.#retryAtMs
  }

  #ready(lane: Lane): void {
    this.#failures = 0
    this.#lastFailure = null
    this.#events.onReady(lane)
  }

  /** Only an attempt that failed makes the next one wait. */
  #ended(reason: BanyanError, wasReady: boolean): void {
    const { address, clock, random, logger } = this.#options
    if (this.#isStopped || wasReady || this.#has('ready')) return
    const nowMs = clock.monotonicMs()
    // Whoever chooses among the instances says what that means.
    logger.debug({ address, error: reason }, 'a process cannot be reached')
    this.#lastFailure = reason
    this.#retryAtMs = nowMs + backoffMs(RECONNECT, this.#failures, random)
    this.#failures++
    if (!this.#has('connecting')) this.#events.onUnreachable(reason)
  }
}

const STOPPED = new Error('this wire was stopped')
