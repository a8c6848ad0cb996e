import type { Clock } from '../../core/index.ts'
import { createRecent } from './recent.ts'

/** What a client may still do. */
export interface Allowance {
  readonly allowed: boolean
  /** Requests left at once. */
  readonly remaining: number
  /** Until all of the quota is back (allowed) or until the next request may come (refused), milliseconds. */
  readonly resetMs: number
}

/** Decides how often a client may ask. A shared store (Redis) implements the same interface. */
export interface RateLimiter {
  take(client: string): Allowance | Promise<Allowance>
}

/** A limiter in this process's memory, which can also take back what it gave. */
export interface LocalRateLimiter extends RateLimiter {
  /** `weight`: for how many it counts. Default 1. */
  take(client: string, weight?: number): Allowance
  /** Undoes one `take`, because it turned out not to count. */
  giveBack(client: string, weight?: number): void
}

export interface LocalRateLimiterOptions {
  /** So many in `windowMs`, and so many at once. */
  readonly limit: number
  readonly windowMs: number
  readonly clock: Clock
  /** Clients remembered. Default 50,000; the least recently seen is forgotten first, which gives it its full quota back. */
  readonly maxClients?: number
}

/** Mutable, so that a request that is let through costs one look-up and no store. */
interface Bucket {
  /** When the bucket is full again, on the monotonic clock ("theoretical arrival time"). */
  fullAtMs: number
}

/**
 * A token bucket per client in the form of the generic cell rate algorithm: one number per client, nothing to refill.
 * ITU-T I.371; https://brandur.org/rate-limiting.
 */
export function createLocalRateLimiter(options: LocalRateLimiterOptions): LocalRateLimiter {
  const { limit, windowMs, clock, maxClients = 50_000 } = options
  const costMs = windowMs / limit
  const slackMs = costMs / 100 // sums of a fraction such as 1000/300 must not cost the last request of the quota
  const buckets = createRecent<Bucket>(maxClients)

  return {
    take(client, weight = 1) {
      const nowMs = clock.monotonicMs()
      const bucket = buckets.get(client)
      const fullAtMs = Math.max(bucket?.fullAtMs ?? nowMs, nowMs) + costMs * weight
      const spareMs = nowMs + windowMs - fullAtMs
      if (spareMs < -slackMs) return { allowed: false, remaining: 0, resetMs: -spareMs }
      if (bucket) bucket.fullAtMs = fullAtMs
      else buckets.set(client, { fullAtMs })
      return { allowed: true, remaining: Math.floor((spareMs + slackMs) / costMs), resetMs: fullAtMs - nowMs }
    },

    giveBack(client, weight = 1) {
      const bucket = buckets.get(client)
      if (bucket) bucket.fullAtMs -= costMs * weight
    },
  }
}
