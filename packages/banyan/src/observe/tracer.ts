import type { Clock, Random } from '../core/index.ts'
import { LocalSpan } from './local-span.ts'
import { LocalTrace } from './local-trace.ts'
import type { Attributes, Span, SpanKind, SpanSink } from './span.ts'
import { createTraceIds, parseTraceParent } from './trace-context.ts'

export interface SpanStart {
  /** The `traceparent` received, if any; an invalid one begins a new trace. */
  readonly parent?: string | null
  readonly attributes?: Attributes
  /** Default `internal`. */
  readonly kind?: SpanKind
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
  /**
   * Traces a second that are kept although they were not sampled. Default 100: under overload every call fails, and what
   * observes must not be the next thing to break.
   */
  readonly maxNotablePerSecond?: number
  readonly sinks: readonly SpanSink[]
}

export function createTracer(options: TracerOptions): Tracer {
  const { clock, random, sinks, sampleRatio = 0.01, slowMs = 1000, maxSpansPerTrace = 256 } = options
  const ids = createTraceIds(random)
  // One reading of the wall clock, then the monotonic one only: a clock step must not make a span end before it began.
  const epochMs = clock.now() - clock.monotonicMs()
  const mayKeep = createAllowance(clock, options.maxNotablePerSecond ?? 100)
  const shared = { maxSpans: maxSpansPerTrace, sinks, clock, epochMs, nextSpanId: () => ids.spanId(), mayKeep }

  return {
    start(name, { parent, attributes, kind = 'internal', slowMs: slow = slowMs } = {}) {
      const caller = parseTraceParent(parent)
      const sampled = caller ? caller.sampled : random.unit() < sampleRatio
      const context = { traceId: caller?.traceId ?? ids.traceId(), spanId: ids.spanId(), sampled }
      const trace = new LocalTrace({ ...shared, sampled, slowMs: slow })
      const place = { trace, context, parentSpanId: caller?.spanId ?? null, isFirst: true, kind }
      return new LocalSpan(name, place, attributes)
    },
  }
}

/** So many in each second, and no more. */
function createAllowance(clock: Clock, perSecond: number): () => boolean {
  let second = -1
  let left = 0
  return () => {
    const now = Math.floor(clock.monotonicMs() / 1_000)
    if (now !== second) left = perSecond
    second = now
    return left-- > 0
  }
}
