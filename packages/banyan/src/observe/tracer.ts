import type { Clock, Random } from '../core/index.ts'
import { LocalSpan } from './local-span.ts'
import { LocalTrace } from './local-trace.ts'
import type { Attributes, Span, SpanSink } from './span.ts'
import { createTraceIds, parseTraceParent } from './trace-context.ts'

export interface SpanStart {
  /** The `traceparent` received, if any; an invalid one begins a new trace. */
  readonly parent?: string | null
  readonly attributes?: Attributes
  /** Slower than this is kept, milliseconds; overrides the tracer's. */
  readonly slowMs?: number
}

/** Begins the spans of one process. A trace's local part is kept or dropped as a whole when its first span ends. */
export interface Tracer {
  start(name: string, options?: SpanStart): Span
}

export interface TracerOptions {
  readonly clock: Clock
  readonly random: Random
  /** Share of new traces that are recorded from the start, 0–1. Default 0.01. A sampled caller is always followed. */
  readonly sampleRatio?: number
  /** A trace whose first span here took longer is kept although it was not sampled, milliseconds. Default 1,000. */
  readonly slowMs?: number
  /** Spans of one trace held back until its first span ends. Default 256; further ones are dropped. */
  readonly maxSpansPerTrace?: number
  readonly sinks: readonly SpanSink[]
}

export function createTracer(options: TracerOptions): Tracer {
  const { clock, random, sinks, sampleRatio = 0.01, slowMs = 1000, maxSpansPerTrace = 256 } = options
  const ids = createTraceIds(random)
  // One reading of the wall clock, then the monotonic one only: a clock step must not make a span end before it began.
  const epochMs = clock.now() - clock.monotonicMs()
  const shared = { maxSpans: maxSpansPerTrace, sinks, clock, epochMs, nextSpanId: () => ids.spanId() }

  return {
    start(name, { parent, attributes, slowMs: slow = slowMs } = {}) {
      const caller = parseTraceParent(parent)
      const sampled = caller ? caller.sampled : random.unit() < sampleRatio
      const context = { traceId: caller?.traceId ?? ids.traceId(), spanId: ids.spanId(), sampled }
      const trace = new LocalTrace({ ...shared, sampled, slowMs: slow })
      return new LocalSpan(name, { trace, context, parentSpanId: caller?.spanId ?? null, isFirst: true }, attributes)
    },
  }
}
