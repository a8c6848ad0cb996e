import type { Allowance } from './rate-limiter.ts'

/** Writes `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). */
export interface RateLimitHeaders {
  readonly policy: string
  describe(allowance: Allowance): string
}

export function createRateLimitHeaders(name: string, limit: number, windowMs: number): RateLimitHeaders {
  return {
    policy: `"${name}";q=${limit};w=${toSeconds(windowMs)}`,
    describe: ({ remaining, resetMs }) => `"${name}";r=${remaining};t=${toSeconds(resetMs)}`,
  }
}

/** Whole seconds, rounded up: a client that waits so long is never early. */
export function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}
