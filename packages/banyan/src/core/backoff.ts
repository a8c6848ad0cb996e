import type { Random } from './random.ts'

export interface Backoff {
  /** Upper bound of the first pause, in milliseconds. */
  readonly firstMs: number
  /** Upper bound of any pause, in milliseconds. */
  readonly capMs: number
}

/** Full jitter: a pause drawn from [0, min(cap, first · 2^attempt)). AWS Architecture Blog, "Exponential Backoff And Jitter", 2015. */
export function backoffMs(backoff: Backoff, attempt: number, random: Random): number {
  return random.unit() * Math.min(backoff.capMs, backoff.firstMs * 2 ** Math.min(attempt, 30))
}
