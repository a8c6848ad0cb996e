import type { Call, Reply } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { endOf } from '../call-watch.ts'
import { withoutEffect } from '../caller-error.ts'
import { WaitingLine, type WaitingCall } from './waiting-line.ts'

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
/** Of it at most, for refusing those that have waited too long. */
const REFUSING_MS = 5
/** A line that is gone within this time was a burst, however long anybody stood in it: all of it is served. Milliseconds. */
const BURST_MS = 2_000
/** A pause of the scheduler makes somebody late for a moment; what comes later than this after it is no more of the same, milliseconds. */
const GAP_MS = 100
/** An overload is over when nobody has been late for so long, milliseconds. */
const CALM_MS = 2_000
/** Further ones are refused. */
const MAX_WAITING = 10_000
const CLASSES = 3

/**
 * One read of a socket brings hundreds of calls. Begun one after the other they hold the event loop for as long as all of them take: no
 * timer runs, nobody hears that callers have gone, and what is begun is for nobody any more. Measured with a call of 2 ms at five
 * times the capacity: 1 % of the peak, and after six seconds the callers took the process for dead (bench/overload, 2026-11-30).
 *
 * While somebody has waited too long the last to come is the first to begin (adaptive LIFO, Maurer, "Fail at Scale", 2015): in order, all of
 * a long line would be begun just as their clients go away; measured in the first two seconds of an overload, a seventh of the peak. A burst
 * takes as long to serve in either order. When the line has stood for longer than bursts do, the oldest are refused, so that there is
 * always somebody to begin whose caller still waits, and the processor never idles between two guesses at how many to let in: a share that
 * was set anew every 100 ms reached a tenth of the peak on a busy machine.
 */
export function createTurnQueue(options: TurnQueueOptions): TurnQueue {
  const { clock, defer = setImmediate, maxWaitMs, refuse } = options
  const lines = Array.from({ length: CLASSES }, () => new WaitingLine())
  const overload = createOverload()
  let size = 0
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
    for (const line of lines) refuseOldest(line)
    while (size > 0 && clock.monotonicMs() < endMs) beginNext()
  }

  /** Whoever is refused costs microseconds; ten thousand at once would still hold up those who can be served. */
  function refuseOldest(line: WaitingLine): void {
    const untilMs = endMs - TURN_MS + REFUSING_MS
    for (let oldest = line.oldest; oldest !== null; oldest = line.oldest) {
      const nowMs = clock.monotonicMs()
      const error = nowMs < untilMs ? whyNotBegun(oldest, nowMs) : null
      if (error === null) return
      line.takeOldest()
      size--
      oldest.reject(error)
    }
  }

  function whyNotBegun({ call, sinceMs }: WaitingCall, nowMs: number): Error | null {
    const ended = endOf({ caller: call.signal, deadlineAtMs: call.deadlineAtMs }, nowMs)
    if (ended) return withoutEffect(ended)
    if (nowMs - sinceMs <= maxWaitMs) return null
    return overload.noteLate(nowMs) ? refuse() : null
  }

  function beginNext(): void {
    const line = lines.findLast(({ oldest }) => oldest !== null)!
    const nowMs = clock.monotonicMs()
    const next = nowMs - line.oldest!.sinceMs > maxWaitMs ? line.takeNewest() : line.takeOldest()
    size--
    const ended = endOf({ caller: next.call.signal, deadlineAtMs: next.call.deadlineAtMs }, nowMs)
    if (ended) next.reject(withoutEffect(ended))
    else next.resolve(next.run())
  }

  return {
    begin(urgency, call, run) {
      if (!isTurn) startTurn()
      if (size === 0 && clock.monotonicMs() < endMs) return run()
      if (size >= MAX_WAITING) return Promise.reject(refuse())
      size++
      return new Promise((resolve, reject) => {
        lines[urgency]!.push({ call, run, sinceMs: clock.monotonicMs(), resolve, reject })
      })
    },
  }
}

/**
 * Begins when somebody has been late for longer than a burst takes. A moment without them, which there is after each time that many are
 * refused at once, does not end it: what comes then would be taken for a burst again, and callers would send all that they have
 * (measured: up and down with a period of three seconds, a third of them lost).
 */
function createOverload() {
  let isOn = false
  let sinceMs = 0
  let lastMs = -Infinity
  return {
    /** @returns whether this is one */
    noteLate(nowMs: number): boolean {
      const gapMs = nowMs - lastMs
      lastMs = nowMs
      if (gapMs > (isOn ? CALM_MS : GAP_MS)) sinceMs = nowMs
      isOn = nowMs - sinceMs > BURST_MS || (isOn && gapMs <= CALM_MS)
      return isOn
    },
  }
}
