import type { Clock, Random } from '../core/index.ts'
import {
  createMetrics,
  createOtlpExporter,
  createSpanRing,
  createTracer,
  type Logger,
  type Metrics,
  type OtlpExporter,
  type Tracer,
} from '../observe/index.ts'
import { releaseOf } from './app.ts'
import type { PlannedProcess } from './plan-process.ts'
import type { ProcessOptions } from './process-options.ts'

export interface TelemetryTools {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly processName: string
}

/** What a process counts and traces with. */
export interface Telemetry {
  readonly metrics: Metrics
  readonly tracer: Tracer
  /** Sends what waits for the collector, where there is one. Idempotent. */
  stop(): Promise<void>
}

/** Commands that look and mend export nothing: they come and go, and what they do is no traffic. */
export function openTelemetry(options: ProcessOptions, planned: PlannedProcess, tools: TelemetryTools): Telemetry {
  const { settings } = planned
  const metrics = createMetrics()
  const exporter = options.mode === 'serve' ? openExporter({ options, planned, tools, metrics }) : null
  const sinks = [createSpanRing(), exporter ?? []].flat()
  return {
    metrics,
    tracer: createTracer({ ...tools, sampleRatio: settings.OTEL_TRACES_SAMPLER_ARG, sinks }),
    stop: async () => exporter?.stop(),
  }
}

interface ExporterParts {
  readonly options: ProcessOptions
  readonly planned: PlannedProcess
  readonly tools: TelemetryTools
  readonly metrics: Metrics
}

function openExporter({ options: { app }, planned, tools, metrics }: ExporterParts): OtlpExporter | null {
  const { settings, plan, topology } = planned
  if (!settings.OTEL_EXPORTER_OTLP_ENDPOINT) return null
  return createOtlpExporter({
    ...tools,
    metrics,
    endpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS,
    spansEveryMs: settings.OTEL_BSP_SCHEDULE_DELAY,
    metricsEveryMs: settings.OTEL_METRIC_EXPORT_INTERVAL,
    // https://opentelemetry.io/docs/specs/semconv/resource/#service
    resource: {
      'service.namespace': app.name,
      'service.name': plan.name,
      'service.instance.id': tools.processName,
      'service.version': releaseOf(app),
      'banyan.topology': topology.name,
    },
  })
}
