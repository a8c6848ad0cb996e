/** What `observe` is given. On `/metrics` milliseconds become seconds. */
export type HistogramUnit = 'milliseconds' | 'bytes' | 'count'

/**
 * A distribution over fixed log-spaced buckets, four to each doubling: a quantile read from it is at most 25 %
 * off. From 1 µs (or 1) to about an hour (or 2^32); what lies beyond falls into the first or last bucket.
 */
export interface Histogram {
  /** 3–11 ns (2026-11, 2 cores): the bucket is read from the bits of the number. NaN and negatives count as zero. */
  observe(value: number): void
  readonly count: number
  readonly sum: number
  /** The value below which a share `q` (0–1) of the observations lies, in the unit observed; 0 when there are none. */
  quantile(q: number): number
  /** Cumulative counts at each doubling, bounds in the unit exposed. For the text exposition. */
  cumulative(): readonly { readonly upperBound: number; readonly count: number }[]
  /** Sum in the unit exposed. */
  exposedSum(): number
}

const STEPS_PER_DOUBLING = 4
const DOUBLINGS = 32
const BUCKETS = DOUBLINGS * STEPS_PER_DOUBLING + 2 // below 1, and beyond the last
// Exponent and the two highest bits of the mantissa of 1.0, as they stand in the upper half of a double.
const BITS_OF_ONE = 0x3ff00000 >>> 18

export function createHistogram(unit: HistogramUnit): Histogram {
  const counts = new Float64Array(BUCKETS)
  const totals = new Float64Array(2) // count, sum: as fields they would be boxed on each write
  const number = new Float64Array(1)
  const halves = new Uint32Array(number.buffer)
  const toSteps = unit === 'milliseconds' ? 1000 : 1
  const toExposed = unit === 'milliseconds' ? 1e-3 : 1

  return {
    observe(value) {
      const scaled = value * toSteps
      let bucket = 0
      if (scaled >= 1) {
        number[0] = scaled
        bucket = Math.min((halves[1]! >>> 18) - BITS_OF_ONE + 1, BUCKETS - 1)
        totals[1]! += value
      }
      counts[bucket]! += 1
      totals[0]! += 1
    },
    get count() {
      return totals[0]!
    },
    get sum() {
      return totals[1]!
    },
    quantile: (q) => quantileOf(counts, totals[0]! * q) / toSteps,
    cumulative: () => cumulate(counts, EXPOSED_DOUBLINGS[unit], toExposed / toSteps),
    exposedSum: () => totals[1]! * toExposed,
  }
}

/** How many doublings a scrape shows: up to 67 s, 1 GiB, 65,536. More lines would only cost the scraper. */
const EXPOSED_DOUBLINGS = { milliseconds: 27, bytes: 31, count: 17 } as const

/** The upper bound of bucket `index`, in steps: bucket 0 ends at 1. */
function upperBound(index: number): number {
  const doubling = Math.floor(index / STEPS_PER_DOUBLING)
  return 2 ** doubling * (1 + (index % STEPS_PER_DOUBLING) / STEPS_PER_DOUBLING)
}

function quantileOf(counts: Float64Array, rank: number): number {
  if (rank <= 0) return 0
  let seen = 0
  for (let index = 0; index < BUCKETS; index++) {
    const inBucket = counts[index]!
    if (inBucket > 0 && seen + inBucket >= rank) return interpolate(index, (rank - seen) / inBucket)
    seen += inBucket
  }
  return 0
}

function interpolate(index: number, share: number): number {
  const from = index === 0 ? 0 : upperBound(index - 1)
  return from + (upperBound(index) - from) * share
}

function cumulate(counts: Float64Array, doublings: number, toExposed: number) {
  const steps: { upperBound: number; count: number }[] = []
  let seen = 0
  for (let index = 0; index < doublings * STEPS_PER_DOUBLING; index++) {
    seen += counts[index]!
    if (index % STEPS_PER_DOUBLING === 0) steps.push({ upperBound: upperBound(index) * toExposed, count: seen })
  }
  return steps
}
