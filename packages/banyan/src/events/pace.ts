import type { ConsumerLimits } from './consumer-options.ts'

export interface BatchDone {
  /** From the first look at the logs to the commit, milliseconds. */
  readonly tookMs: number
  /** Events of each log that was part of it. */
  readonly sizes: readonly number[]
}

export type PaceLimits = Required<Pick<ConsumerLimits, 'maxEvents' | 'minIntervalMs' | 'maxIntervalMs'>>

/**
 * A longer pause makes larger batches and later events. So a batch is paid for with a rest of three times its own time: quick
 * ones, on a database with time to spare, follow each other within milliseconds; when everything is busy a batch takes 20 ms
 * and the interval is the longest.
 */
const REST_PER_WORK = 3

/**
 * From 4,000 events a second on, the interval grows to the longest: what happens to one aggregate within 100 ms is then mostly
 * one write of a projection. Below, it shrinks to the shortest.
 */
const INTERVAL_MS_PER_EVENT = 0.25

/** The rest after a batch, milliseconds. Measured in bench/events (lag.ts, order-history.ts) and bench/checkout. */
export function restMs({ tookMs, sizes }: BatchDone, limits: PaceLimits): number {
  if (sizes.some((size) => size >= limits.maxEvents)) return 0 // there is more already
  const events = sizes.reduce((total, size) => total + size, 0)
  const wantedMs = Math.max(tookMs * (1 + REST_PER_WORK), events * INTERVAL_MS_PER_EVENT)
  return Math.max(0, limits.minIntervalMs - tookMs, Math.min(limits.maxIntervalMs, wantedMs) - tookMs)
}
