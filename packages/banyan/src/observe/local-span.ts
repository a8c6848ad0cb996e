import { describeFailure } from './failure.ts'
import type { LocalTrace } from './local-trace.ts'
import type { Attributes, AttributeValue, Span, SpanEvent, SpanRecord } from './span.ts'
import { formatTraceParent, type TraceContext } from './trace-context.ts'

export interface SpanPlace {
  readonly trace: LocalTrace
  readonly context: TraceContext
  readonly parentSpanId: string | null
  /** The first span of the trace in this process: its end decides whether the trace is kept. */
  readonly isFirst: boolean
}

const MAX_EVENTS = 32

/** A span that is running. A class because calls make several each: its methods are shared, closures would not be. */
export class LocalSpan implements Span {
  readonly #name: string
  readonly #place: SpanPlace
  readonly #startedMs: number
  #attributes: Record<string, AttributeValue> | null = null
  #events: SpanEvent[] | null = null
  #failure: string | null = null
  #ended = false

  constructor(name: string, place: SpanPlace, attributes?: Attributes) {
    this.#name = name
    this.#place = place
    this.#startedMs = place.trace.options.clock.monotonicMs()
    if (attributes) this.#attributes = { ...attributes }
  }

  get context(): TraceContext {
    return this.#place.context
  }

  get traceParent(): string {
    return formatTraceParent(this.#place.context)
  }

  set(name: string, value: AttributeValue): void {
    this.#attributes ??= {}
    this.#attributes[name] = value
  }

  event(name: string, attributes: Attributes = {}): void {
    this.#events ??= []
    if (this.#events.length >= MAX_EVENTS) return
    const { clock, epochMs } = this.#place.trace.options
    this.#events.push({ name, atMs: epochMs + clock.monotonicMs(), attributes })
  }

  fail(error: unknown): void {
    this.#failure = describeFailure(error)
  }

  child(name: string, attributes?: Attributes): Span {
    const { trace, context } = this.#place
    const own = { traceId: context.traceId, spanId: trace.options.nextSpanId(), sampled: context.sampled }
    return new LocalSpan(name, { trace, context: own, parentSpanId: context.spanId, isFirst: false }, attributes)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#place.isFirst) this.#place.trace.close(this.#record())
    else this.#place.trace.add(this.#record())
  }

  #record(): SpanRecord {
    const { trace, context, parentSpanId } = this.#place
    const { clock, epochMs } = trace.options
    return {
      name: this.#name,
      traceId: context.traceId,
      spanId: context.spanId,
      parentSpanId,
      startedAtMs: epochMs + this.#startedMs,
      durationMs: clock.monotonicMs() - this.#startedMs,
      attributes: this.#attributes ?? {},
      events: this.#events ?? [],
      status: this.#failure === null ? 'ok' : 'failed',
      failure: this.#failure,
    }
  }
}
