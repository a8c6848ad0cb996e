import { observeErrors } from './observe-errors.ts'
import { createHistogram, type Histogram, type HistogramUnit } from './histogram.ts'

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  /** `amount` ≥ 0, default 1. 3–7 ns (2026-11, 2 cores). */
  add(amount?: number): void
  readonly value: number
}

export interface Gauge {
  set(value: number): void
  add(amount: number): void
  readonly value: number
}

export interface MetricSpec {
  /** Lower snake case with its unit last: `banyan_calls_total`, `banyan_call_seconds`. */
  readonly name: string
  /** One line for whoever reads `/metrics`. */
  readonly help: string
  /** Fixed per series: hold on to the series, don't look it up per call. */
  readonly labels?: Labels
}

/**
 * The numbers of one process. Asking again for the same name and labels gives the same series. Series are bounded
 * (`maxSeries`): past that, new label sets are counted together in one series labelled `overflow="true"`.
 */
export interface Metrics {
  counter(spec: MetricSpec): Counter
  gauge(spec: MetricSpec): Gauge
  /** A gauge that is read when somebody looks: pool sizes, watermark age. A second reader replaces the first. */
  gaugeOf(spec: MetricSpec, read: () => number): void
  /** `unit` is what `observe` is given; names end with `_seconds` for milliseconds, `_bytes` for bytes. */
  histogram(spec: MetricSpec & { readonly unit: HistogramUnit }): Histogram
  /** All series by family, in order of first use. */
  families(): readonly MetricFamily[]
}

export type MetricFamily = { readonly name: string; readonly help: string } & (
  | { readonly kind: 'counter' | 'gauge'; readonly series: ReadonlyMap<string, NumberSeries> }
  | { readonly kind: 'histogram'; readonly unit: HistogramUnit; readonly series: ReadonlyMap<string, HistogramSeries> }
)

export interface NumberSeries {
  readonly labels: Labels
  readonly value: number
  add(amount?: number): void
  set(value: number): void
}

export interface HistogramSeries extends Histogram {
  readonly labels: Labels
}

export interface MetricsOptions {
  /** Over all families. Default 10,000. */
  readonly maxSeries?: number
}

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const families = new Map<string, Family>()
  let free = options.maxSeries ?? 10_000

  function family(spec: MetricSpec, kind: Family['kind'], unit: HistogramUnit | null): Family {
    const known = families.get(spec.name)
    if (known) return checkSame(known, { ...spec, kind, unit })
    checkName(spec.name, kind, unit)
    const made: Family = { name: spec.name, help: spec.help, kind, unit, series: new Map() }
    families.set(spec.name, made)
    return made
  }

  function series(of: Family, labels: Labels = {}, make: (labels: Labels) => Series = createNumber): Series {
    const key = labelText(labels)
    const known = of.series.get(key)
    if (known) return known
    if (free <= 0 && key !== OVERFLOW_KEY) return series(of, OVERFLOW, make)
    free -= 1
    const made = make(labels)
    of.series.set(key, made)
    return made
  }

  return {
    counter: (spec) => series(family(spec, 'counter', null), spec.labels) as NumberSeries,
    gauge: (spec) => series(family(spec, 'gauge', null), spec.labels) as NumberSeries,
    gaugeOf(spec, read) {
      const of = family(spec, 'gauge', null)
      of.series.delete(labelText(spec.labels ?? {}))
      series(of, spec.labels, (labels) => createReader(labels, read))
    },
    histogram: (spec) =>
      series(family(spec, 'histogram', spec.unit), spec.labels, (labels) =>
        Object.assign(createHistogram(spec.unit), { labels }),
      ) as HistogramSeries,
    families: () => [...families.values()] as unknown as readonly MetricFamily[],
  }
}

/** `method="GET",route="/orders"`, sorted: the identity of a series and its text on `/metrics`. */
export function labelText(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}="${labels[name]!.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',')
}

type Series = NumberSeries | HistogramSeries

interface Family {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly unit: HistogramUnit | null
  readonly series: Map<string, Series>
}

const OVERFLOW: Labels = { overflow: 'true' }
const OVERFLOW_KEY = labelText(OVERFLOW)
const SUFFIX = { milliseconds: '_seconds', bytes: '_bytes', count: '' } as const

// The number lives in a typed array: a captured `let` would be boxed on each write.
function createNumber(labels: Labels): NumberSeries {
  const cell = new Float64Array(1)
  return {
    labels,
    add(amount = 1) {
      cell[0]! += amount
    },
    set(value) {
      cell[0] = value
    },
    get value() {
      return cell[0]!
    },
  }
}

function createReader(labels: Labels, read: () => number): NumberSeries {
  return {
    labels,
    add: () => undefined,
    set: () => undefined,
    get value() {
      return read()
    },
  }
}

function checkSame(known: Family, now: Omit<Family, 'series'>): Family {
  const describe = (family: Omit<Family, 'series'>) => `${family.kind} ${family.unit ?? ''} “${family.help}”`
  if (describe(known) === describe(now)) return known
  throw observeErrors.METRIC_CONFLICT({ name: now.name, first: describe(known), second: describe(now) })
}

function checkName(name: string, kind: Family['kind'], unit: HistogramUnit | null): void {
  const fault = !/^[a-z][a-z0-9_]*$/.test(name)
    ? 'the name has other characters than a-z, 0-9 and _'
    : kind === 'counter' && !name.endsWith('_total')
      ? 'a counter ends with _total'
      : unit !== null && !name.endsWith(SUFFIX[unit])
        ? `a histogram of ${unit} ends with ${SUFFIX[unit]}`
        : null
  if (fault) throw observeErrors.INVALID_METRIC({ name, fault })
}
