import { isFault } from './failure.ts'
import type { Histogram } from './histogram.ts'
import type { Labels, Metrics } from './metrics.ts'

/**
 * How a piece of work ended, as metrics count it: `refused` is an answer (a declined card, a missing page), `failed` is what
 * went wrong.
 */
export type Outcome = 'ok' | 'refused' | 'failed'

/** Rate, errors and duration of one kind of work (https://grafana.com/blog/the-red-method-how-to-instrument-your-services/). */
export interface RedSeries {
  ok(ms: number): void
  /** Tells from the error whether it is an answer. */
  failed(error: unknown, ms: number): void
}

export interface RedSpec {
  /** Ends with `_seconds`. */
  readonly name: string
  readonly help: string
  /** Beside `outcome`. */
  readonly labels: Labels
}

/** A histogram by outcome; its series are made when an outcome is first seen, for a scrape shows thirty lines of each. */
export function createRedSeries(metrics: Metrics, { name, help, labels }: RedSpec): RedSeries {
  const series = (outcome: Outcome) =>
    metrics.histogram({ name, help, labels: { ...labels, outcome }, unit: 'milliseconds' })
  let ok: Histogram | null = null
  let refused: Histogram | null = null
  let failed: Histogram | null = null

  return {
    ok: (ms) => (ok ??= series('ok')).observe(ms),
    failed(error, ms) {
      if (isFault(error)) (failed ??= series('failed')).observe(ms)
      else (refused ??= series('refused')).observe(ms)
    },
  }
}
