import type { Clock } from '../../core/index.ts'
import type { Allowance, RateLimiter } from './rate-limiter.ts'
import { createRecent } from './recent.ts'
import type { SpendLedger } from './spend-ledger.ts'

export interface SharedRateLimiterOptions {
  /** So many in `windowMs`, and so many at once, at all gateways together. */
  readonly limit: number
  readonly windowMs: number
  readonly clock: Clock
  /** Where gateways tell what they let through. */
  readonly ledger: SpendLedger
  /** Clients remembered. Default 50,000. */
  readonly maxClients?: number
}

interface Bucket {
  /** As far as this gateway knows, of all gateways: when the quota is whole again, on the monotonic clock. */
  fullAtMs: number
  /** Let through here, and not told yet. */
  untold: number
}

/** How long what was let through stays untold; all clients of that time are told of at once. */
const SLICE_MS = 20
/** A client is trusted with so much of its quota untold, and as much again while that is told: beyond, its next request waits. */
const UNTOLD_SHARE = 0.025
/** Clients told of at once; others wait for the next time. */
const MAX_TOLD = 1_000

/**
 * Decides from memory, and tells what it let through behind the request: a request waits for Redis only when its client has
 * spent a fortieth of its quota within a slice. Together gateways let through at most a twentieth each above the quota. While
 * Redis is away each gateway gives its share: the quota divided by the gateways last seen.
 */
export function createSharedRateLimiter(options: SharedRateLimiterOptions): RateLimiter {
  const { limit, windowMs, clock, ledger, maxClients = 50_000 } = options
  const costMs = windowMs / limit
  const maxUntold = Math.max(1, Math.floor(limit * UNTOLD_SHARE))
  const buckets = createRecent<Bucket>(maxClients)
  const toTell = new Map<string, Bucket>()
  let telling: Promise<void> | null = null
  let isPlanned = false

  return { take }

  function take(client: string): Allowance | Promise<Allowance> {
    const bucket = buckets.get(client) ?? { fullAtMs: 0, untold: 0 }
    const shareMs = costMs * ledger.shares()
    const nowMs = clock.monotonicMs()
    const fullAtMs = Math.max(bucket.fullAtMs, nowMs) + shareMs
    const spareMs = nowMs + windowMs - fullAtMs
    const slackMs = shareMs / 100
    if (spareMs < -slackMs) return { allowed: false, remaining: 0, resetMs: -spareMs }
    if (bucket.untold >= maxUntold && ledger.isThere()) return tell().then(() => take(client))
    bucket.fullAtMs = fullAtMs
    bucket.untold += 1
    buckets.set(client, bucket)
    toTell.set(client, bucket)
    plan()
    return { allowed: true, remaining: Math.floor((spareMs + slackMs) / shareMs), resetMs: fullAtMs - nowMs }
  }

  function plan(): void {
    if (isPlanned) return
    isPlanned = true
    clock.schedule(SLICE_MS, () => {
      isPlanned = false
      void tell()
    })
  }

  /** One at a time: who comes meanwhile waits for this one, and looks again. */
  function tell(): Promise<void> {
    telling ??= tellNow().finally(() => {
      telling = null
      if (toTell.size > 0) plan()
    })
    return telling
  }

  async function tellNow(): Promise<void> {
    const told = [...toTell].slice(0, MAX_TOLD)
    const spent = told.map(([client, bucket]) => ({ client, count: bucket.untold }))
    for (const [client, bucket] of told) {
      toTell.delete(client)
      bucket.untold = 0
    }
    const sentAtMs = clock.monotonicMs()
    // What nobody could be told of is forgotten: by the time it could be, it is no news.
    const left = await ledger.spend(spent, { costMs, windowMs })
    left?.forEach((leftMs, index) => {
      const bucket = told[index]![1]
      bucket.fullAtMs = Math.max(bucket.fullAtMs, sentAtMs + leftMs + bucket.untold * costMs)
    })
  }
}
