import type { Call, Reply } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { endOf } from '../call-watch.ts'
import { withoutEffect } from '../caller-error.ts'

export interface TurnQueueOptions {
  readonly clock: Clock
  /** Runs a task in the next turn of the event loop. Default `setImmediate`. */
  readonly defer?: (task: () => void) => void
  /** Who has waited longer, in a line that stands and is no burst, is refused when his turn comes, milliseconds. */
  readonly maxWaitMs: number
  /** The answer to those. Makes the error that they get. */
  readonly refuse: () => Error
}

/** The calls of a process that have come and not begun, the most urgent first. */
export interface TurnQueue {
  /** Begins the call now, or in a later turn of the event loop. Rejects for a caller who has gone meanwhile, without beginning it. */
  begin(urgency: number, call: Call, run: () => Promise<Reply>): Promise<Reply>
}

/** How long calls are begun in one turn, milliseconds. */
const TURN_MS = 10
/** A line that is gone within this time was a burst, however long anybody stood in it: all of it is served. Milliseconds. */
const BURST_MS = 2_000
/** Further ones are refused. */
const MAX_WAITING = 10_000
const CLASSES = 3

interface Waiting {
  readonly call: Call
  readonly run: () => Promise<Reply>
  readonly sinceMs: number
  readonly resolve: (reply: Promise<Reply>) => void
  readonly reject: (error: Error) => void
}

/**
 * One read of a socket brings hundreds of calls. Begun one after the other they hold the event loop for as long as all of them take: no
 * timer runs, nobody hears that callers have gone, and what is begun is for nobody any more. Measured with a call of 2 ms at five
 * times the capacity: 1 % of the peak, and after six seconds the callers took the process for dead (bench/overload, 2026-11-30).
 *
 * Whoever has waited too long is refused instead of begun, so that there is always somebody to begin whose caller still waits, and the
 * processor never idles between two guesses at how many to let in: a share that was set anew every 100 ms reached a tenth of the peak on a
 * busy machine.
 */
export function createTurnQueue(options: TurnQueueOptions): TurnQueue {
  const { clock, defer = setImmediate, maxWaitMs, refuse } = options
  const lines = Array.from({ length: CLASSES }, () => new Line())
  let size = 0
  let lineSinceMs = 0
  let isTurn = false
  let endMs = 0

  function startTurn(): void {
    isTurn = true
    endMs = clock.monotonicMs() + TURN_MS
    defer(endTurn)
  }

  function endTurn(): void {
    isTurn = false
    if (size === 0) return
    startTurn()
    while (size > 0 && clock.monotonicMs() < endMs) beginNext()
  }

  function beginNext(): void {
    const { call, run, sinceMs, resolve, reject } = lines.findLast((line) => line.size > 0)!.shift()
    size--
    const nowMs = clock.monotonicMs()
    const ended = endOf({ caller: call.signal, deadlineAtMs: call.deadlineAtMs }, nowMs)
    if (ended) reject(withoutEffect(ended))
    else if (nowMs - sinceMs > maxWaitMs && nowMs - lineSinceMs > BURST_MS) reject(refuse())
    else resolve(run())
  }

  return {
    begin(urgency, call, run) {
      if (!isTurn) startTurn()
      if (size === 0 && clock.monotonicMs() < endMs) return run()
      if (size >= MAX_WAITING) return Promise.reject(refuse())
      if (size++ === 0) lineSinceMs = clock.monotonicMs()
      return new Promise((resolve, reject) => {
        lines[urgency]!.push({ call, run, sinceMs: clock.monotonicMs(), resolve, reject })
      })
    },
  }
}

/** First in, first out; taking from the front moves nothing. */
class Line {
  #waiting: (Waiting | null)[] = []
  #head = 0

  get size(): number {
    return this.#waiting.length - this.#head
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting)
  }

  shift(): Waiting {
    const first = this.#waiting[this.#head]!
    this.#waiting[this.#head++] = null
    if (this.#head === this.#waiting.length) this.#waiting = []
    if (this.#waiting.length === 0) this.#head = 0
    return first
  }
}
