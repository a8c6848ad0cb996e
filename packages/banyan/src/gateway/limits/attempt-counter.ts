import type { Clock } from '../../core/index.ts'
import { createLocalRateLimiter } from './rate-limiter.ts'

/** So many in `windowMs`, and so many at once, for each key. */
export interface CountedQuota {
  /** Tells it from others in a store that quotas share. */
  readonly id: string
  readonly limit: number
  readonly windowMs: number
}

/** An attempt that was counted, unless it was refused. */
export interface Counted {
  readonly allowed: boolean
  /** Refused: until the next may come, milliseconds. */
  readonly resetMs: number
  /** It turned out not to count. */
  giveBack(): void
}

/** Counts attempts under one quota. */
export interface AttemptCounter {
  take(key: string): Counted | Promise<Counted>
}

/** Makes the counter of a quota: in this process's memory, or in a store that gateways share. */
export type OpenAttemptCounter = (quota: CountedQuota) => AttemptCounter

export function countInMemory(clock: Clock): OpenAttemptCounter {
  return (quota) => {
    const limiter = createLocalRateLimiter({ ...quota, clock })
    return {
      take(key) {
        const { allowed, resetMs } = limiter.take(key)
        return { allowed, resetMs, giveBack: () => limiter.giveBack(key) }
      },
    }
  }
}
