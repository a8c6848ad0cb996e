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
 * ones, on a database with time to spare, follow each other within milliseconds.
 */
const REST_PER_WORK = 3

/**
 * But no event waits longer than this because batches take long: it has waited for the watermark already, and 50 ms are promised from
 * commit to commit at 500 orders a second. Below 1,700 events a second batches come at the shortest interval (as services, the 99th
 * percentile of this wait was 42–67 ms without the bound, 24–27 ms with it, 2026-11-30); above, the bound grows with the batch until it
 * binds no more: a process that is busy with checkouts makes as few batches as ever.
 */
const LONGEST_FOR_WORK_MS_PER_EVENT = 0.6

/**
 * From 4,000 events a second on, the interval grows to the longest: what happens to one aggregate within 100 ms is then mostly
 * one write of a projection. Below, it shrinks to the shortest.
 */
const INTERVAL_MS_PER_EVENT = 0.25

/** The rest after a batch, milliseconds. Measured in bench/events (lag.ts, order-history.ts) and bench/checkout. */
export function restMs({ tookMs, sizes }: BatchDone, limits: PaceLimits): number {
  if (sizes.some((size) => size >= limits.maxEvents)) return 0 // there is more already
  const events = sizes.reduce((total, size) => total + size, 0)
  const forWorkMs = Math.min(tookMs * (1 + REST_PER_WORK), events * LONGEST_FOR_WORK_MS_PER_EVENT)
  const wantedMs = Math.max(forWorkMs, events * INTERVAL_MS_PER_EVENT)
  return Math.max(0, limits.minIntervalMs - tookMs, Math.min(limits.maxIntervalMs, wantedMs) - tookMs)
}
