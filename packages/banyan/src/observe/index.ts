export {
  createDependency,
  dependencySeries,
  type Dependency,
  type DependencyKind,
  type DependencyName,
  type DependencyTools,
} from './dependency.ts'
export { observeErrors } from './observe-errors.ts'
export { EXPOSITION_TYPE, exposeMetrics } from './exposition.ts'
export { isFault, isOutage } from './failure.ts'
export { createFailureLog, type FailureLog } from './failure-log.ts'
export type { Histogram, HistogramUnit } from './histogram.ts'
export { createLogger, parseLogLevel, silentLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts'
export { createMetrics, type Counter, type Gauge, type Labels, type MetricSpec, type Metrics } from './metrics.ts'
export { parseCollectorEndpoint, parseCollectorHeaders } from './otlp/collector.ts'
export { createOtlpExporter, type OtlpExporter, type OtlpExporterOptions } from './otlp/exporter.ts'
export { observeProcess } from './process-metrics.ts'
export { createRedSeries, type RedSeries, type RedSpec } from './red.ts'
export { isSecretName, redact } from './redact.ts'
export { redactText } from './redact-text.ts'
export { createRepeatLog, type RepeatLog } from './repeat-log.ts'
export type { Attributes, AttributeValue, Span, SpanEvent, SpanKind, SpanRecord, SpanSink } from './span.ts'
export { createSpanRing, type SpanRing } from './span-ring.ts'
export { formatTraceParent, parseTraceParent, type TraceContext } from './trace-context.ts'
export { createTracer, type SpanStart, type Tracer, type TracerOptions } from './tracer.ts'
