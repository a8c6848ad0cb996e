import type { HistogramSeries, MetricFamily, NumberSeries } from '../metrics.ts'
import { SCOPE, toKeyValues, toNanos, type Resource } from './otlp-json.ts'

/** Between which wall times the numbers were counted, milliseconds. */
export interface Period {
  readonly startedAtMs: number
  readonly nowMs: number
}

/** All series as an `ExportMetricsServiceRequest` in JSON. Sums and histograms are cumulative since the process began. */
export function metricsRequest(resource: Resource, families: readonly MetricFamily[], period: Period): string {
  const times = { startTimeUnixNano: toNanos(period.startedAtMs), timeUnixNano: toNanos(period.nowMs) }
  const scopeMetrics = [{ scope: SCOPE, metrics: families.map((family) => toOtlpMetric(family, times)) }]
  return JSON.stringify({ resourceMetrics: [{ resource: { attributes: toKeyValues(resource) }, scopeMetrics }] })
}

interface Times {
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
}

function toOtlpMetric(family: MetricFamily, times: Times) {
  const common = { name: family.name, description: family.help, unit: unitOf(family.name) }
  if (family.kind === 'histogram') {
    const dataPoints = [...family.series.values()].map((series) => toHistogramPoint(series, times))
    return { ...common, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
  }
  const dataPoints = [...family.series.values()].map((series) => toNumberPoint(series, times))
  if (family.kind === 'gauge') return { ...common, gauge: { dataPoints } }
  return { ...common, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
}

const CUMULATIVE = 2

/** Our names end with the unit; OpenTelemetry wants it apart, in UCUM. */
function unitOf(name: string): string {
  if (name.endsWith('_seconds')) return 's'
  return name.endsWith('_bytes') ? 'By' : '1'
}

function toNumberPoint({ labels, value }: NumberSeries, times: Times) {
  // JSON has no NaN; protobuf's mapping writes it as text.
  return { attributes: toKeyValues(labels), ...times, asDouble: Number.isFinite(value) ? value : String(value) }
}

function toHistogramPoint(series: HistogramSeries, times: Times) {
  const steps = series.cumulative()
  const upTo = [0, ...steps.map(({ count }) => count), series.count]
  return {
    attributes: toKeyValues(series.labels),
    ...times,
    count: String(series.count),
    sum: series.exposedSum(),
    explicitBounds: steps.map(({ upperBound }) => upperBound),
    bucketCounts: upTo.slice(1).map((count, index) => String(count - upTo[index]!)),
  }
}
