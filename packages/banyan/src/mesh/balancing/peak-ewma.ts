/** A moving average of latencies that believes bad news at once and good news slowly. */
export interface PeakEwma {
  observe(latencyMs: number, nowMs: number): void
  /** Sinks while nothing is observed, so that an instance that was slow once is tried again. */
  value(nowMs: number): number
}

/** After this time without news two thirds of a peak are forgotten. */
const DECAY_MS = 5_000

/**
 * Peak EWMA as in Finagle (twitter/finagle, `PeakEwma.scala`): a latency above the average becomes the average, one below
 * moves it by how long ago the last one was.
 */
export function createPeakEwma(firstMs: number, startMs: number): PeakEwma {
  // In a typed array: captured numbers would be boxed on each write.
  const state = new Float64Array([firstMs, startMs])

  function value(nowMs: number): number {
    const elapsedMs = nowMs - state[1]!
    return elapsedMs <= 0 ? state[0]! : state[0]! * Math.exp(-elapsedMs / DECAY_MS)
  }

  return {
    value,
    observe(latencyMs, nowMs) {
      const elapsedMs = Math.max(0, nowMs - state[1]!)
      const kept = Math.exp(-elapsedMs / DECAY_MS)
      state[0] = latencyMs > state[0]! * kept ? latencyMs : state[0]! * kept + latencyMs * (1 - kept)
      state[1] = nowMs
    },
  }
}
