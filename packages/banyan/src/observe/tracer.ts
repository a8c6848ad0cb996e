import type { Clock, Random } from '../core/index.ts'
import { LocalSpan } from './local-span.ts'
import { LocalTrace } from './local-trace.ts'
import type { Attributes, Span, SpanKind, SpanSink } from './span.ts'
import { createTraceIds, parseTraceParent, type TraceContext } from './trace-context.ts'

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
  /** A span that decides for itself: where work comes in from outside. */
  start(name: string, options?: SpanStart): Span
  /**
   * A span that shares the verdict of the trace it belongs to, where this process has that open already (so that a slow order
   * is kept with all its steps); else the same as `start`.
   */
  join(name: string, options?: SpanStart): Span
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
  const open = new Map<string, LocalTrace>()
  const shared = {
    maxSpans: maxSpansPerTrace,
    sinks,
    clock,
    // One reading of the wall clock, then the monotonic one only: a clock step must not make a span end before it began.
    epochMs: clock.now() - clock.monotonicMs(),
    nextSpanId: () => ids.spanId(),
    redactedOnce: new WeakMap<Attributes, Attributes>(),
    mayKeep: createAllowance(clock, options.maxNotablePerSecond ?? 100),
    onClose(trace: LocalTrace) {
      if (open.get(trace.id) === trace) open.delete(trace.id)
    },
  }

  return {
    start: (name, how = NOTHING) => begin(name, how, parseTraceParent(how.parent)),
    join(name, how = NOTHING) {
      const caller = parseTraceParent(how.parent)
      const trace = caller && open.get(caller.traceId)
      if (!trace) return begin(name, how, caller)
      const context = { traceId: caller.traceId, spanId: ids.spanId(), sampled: caller.sampled }
      const place = { trace, context, parentSpanId: caller.spanId, isFirst: false, kind: how.kind ?? 'internal' }
      return new LocalSpan(name, place, how.attributes)
    },
  }

  function begin(name: string, how: SpanStart, caller: TraceContext | null): Span {
    const sampled = caller ? caller.sampled : random.unit() < sampleRatio
    const context = { traceId: caller?.traceId ?? ids.traceId(), spanId: ids.spanId(), sampled }
    const trace = new LocalTrace(shared, { id: context.traceId, sampled, slowMs: how.slowMs ?? slowMs })
    if (open.size < MAX_OPEN) open.set(trace.id, trace)
    const place = { trace, context, parentSpanId: caller?.spanId ?? null, isFirst: true, kind: how.kind ?? 'internal' }
    return new LocalSpan(name, place, how.attributes)
  }
}

const NOTHING: SpanStart = {}
/** Traces that spans can join; those beyond are traced all the same, each span for itself. */
const MAX_OPEN = 10_000

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
