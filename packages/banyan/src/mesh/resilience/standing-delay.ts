import type { Clock } from '../../core/index.ts'

export interface StandingDelayOptions {
  readonly clock: Clock
  readonly intervalMs: number
  /** Further queues of this process: how long the oldest entry has waited, milliseconds. */
  readonly queues: readonly (() => number)[]
  /** Told at the end of each interval: the least delay that was seen in it. Says whether to go on looking. */
  readonly onInterval: (delayMs: number) => boolean
}

const SAMPLE_MS = 10
/** With one alone a single long pause would look like a queue. */
const LEAST_SAMPLES = 2

/**
 * How long work stands in the queues of this process. The event loop is the first: how late a timer runs is how long everything
 * else waits. The least of an interval counts (as in CoDel, Nichols and Jacobson, 2012): a pause for garbage is over at the next
 * sample, a queue that stands is not. The returned function begins to look, if nothing looks yet.
 */
export function createStandingDelay({ clock, intervalMs, queues, onInterval }: StandingDelayOptions): () => void {
  let isLooking = false
  let endMs = 0
  let leastMs = Infinity
  let samples = 0

  function arm(): void {
    const dueMs = clock.monotonicMs() + SAMPLE_MS
    clock.schedule(SAMPLE_MS, () => sample(dueMs))
  }

  function sample(dueMs: number): void {
    const nowMs = clock.monotonicMs()
    const longestMs = queues.reduce((longest, read) => Math.max(longest, read()), nowMs - dueMs)
    leastMs = Math.min(leastMs, longestMs)
    samples++
    if (nowMs >= endMs && samples >= LEAST_SAMPLES) {
      const delayMs = leastMs
      begin(nowMs)
      isLooking = onInterval(delayMs)
    }
    if (isLooking) arm()
  }

  function begin(nowMs: number): void {
    endMs = nowMs + intervalMs
    leastMs = Infinity
    samples = 0
  }

  return () => {
    if (isLooking) return
    isLooking = true
    begin(clock.monotonicMs())
    arm()
  }
}
