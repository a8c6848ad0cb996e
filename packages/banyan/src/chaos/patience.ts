import type { Clock } from '../core/index.ts'

/** More between two looks is not waiting: the machine stood still, and those who are waited for with it. */
const MAX_SPAN_MS = 2_000

/** How long somebody waits, told by looks that come more often than every two seconds. */
export interface Patience {
  /** Looks at the clock; `true` once the limit has been waited for. */
  isOver(): boolean
}

export function createPatience(clock: Clock, limitMs: number): Patience {
  let lastMs = clock.monotonicMs()
  let waitedMs = 0
  return {
    isOver() {
      const nowMs = clock.monotonicMs()
      waitedMs += Math.min(nowMs - lastMs, MAX_SPAN_MS)
      lastMs = nowMs
      return waitedMs > limitMs
    },
  }
}
