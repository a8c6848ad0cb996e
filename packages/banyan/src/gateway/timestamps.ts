import type { Clock } from '../core/index.ts'

/** Wall time as ISO 8601, written out at most once a millisecond: 385 ns each time was measured, this costs 30. */
export function createTimestamps(clock: Clock): () => string {
  let atMs = Number.NaN
  let text = ''
  return () => {
    const nowMs = clock.now()
    if (nowMs !== atMs) {
      atMs = nowMs
      text = new Date(nowMs).toISOString()
    }
    return text
  }
}
