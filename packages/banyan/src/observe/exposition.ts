import { labelText, type HistogramSeries, type MetricFamily, type Metrics } from './metrics.ts'

/** `Content-Type` of the text below. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** All series in the Prometheus text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function exposeMetrics(metrics: Metrics): string {
  return metrics.families().map(exposeFamily).join('')
}

function exposeFamily(family: MetricFamily): string {
  const lines = [`# HELP ${family.name} ${escapeHelp(family.help)}`, `# TYPE ${family.name} ${family.kind}`]
  if (family.kind === 'histogram') {
    for (const series of family.series.values()) lines.push(...exposeHistogram(family.name, series))
  } else {
    for (const series of family.series.values()) lines.push(sample(family.name, labelText(series.labels), series.value))
  }
  return `${lines.join('\n')}\n`
}

function exposeHistogram(name: string, series: HistogramSeries): string[] {
  const labels = labelText(series.labels)
  const joined = labels === '' ? '' : `${labels},`
  return [
    ...series
      .cumulative()
      .map((step) => sample(`${name}_bucket`, `${joined}le="${round(step.upperBound)}"`, step.count)),
    sample(`${name}_bucket`, `${joined}le="+Inf"`, series.count),
    sample(`${name}_sum`, labels, series.exposedSum()),
    sample(`${name}_count`, labels, series.count),
  ]
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${describeNumber(value)}`
}

function describeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}

/** 0.000512 rather than 0.0005120000000000001. */
function round(value: number): string {
  return String(Number(value.toPrecision(10)))
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'))
}
