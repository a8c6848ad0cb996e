import { describeFailure } from './failure.ts'
import type { LocalTrace } from './local-trace.ts'
import { redact } from './redact.ts'
import type { Attributes, AttributeValue, Span, SpanEvent, SpanKind, SpanRecord } from './span.ts'
import { formatTraceParent, type TraceContext } from './trace-context.ts'

export interface SpanPlace {
  readonly trace: LocalTrace
  readonly context: TraceContext
  readonly parentSpanId: string | null
  /** The first span of the trace in this process: its end decides whether the trace is kept. */
  readonly isFirst: boolean
  readonly kind: SpanKind
}

const MAX_EVENTS = 32

/**
 * A span, running or ended. A class because calls make several each: its methods are shared, closures would not be. What
 * people see of it is made only when it is kept: most spans are not, and a record costs as much as the rest (2026-11).
 */
export class LocalSpan implements Span {
  readonly #name: string
  readonly #place: SpanPlace
  readonly #startedMs: number
  /** As it was given, until something is set: most spans share one frozen object with all others of their name. */
  #attributes: Attributes | null
  #ownsAttributes = false
  #events: SpanEvent[] | null = null
  #failure: { readonly error: unknown } | null = null
  #durationMs = RUNNING

  constructor(name: string, place: SpanPlace, attributes?: Attributes) {
    this.#name = name
    this.#place = place
    this.#startedMs = place.trace.options.clock.monotonicMs()
    this.#attributes = attributes ?? null
  }

  get context(): TraceContext {
    return this.#place.context
  }

  get traceParent(): string {
    return formatTraceParent(this.#place.context)
  }

  get hasFailed(): boolean {
    return this.#failure !== null
  }

  get durationMs(): number {
    return this.#durationMs
  }

  set(name: string, value: AttributeValue): void {
    if (this.#hasEnded()) return
    if (!this.#ownsAttributes) this.#attributes = { ...this.#attributes }
    this.#ownsAttributes = true
    ;(this.#attributes as Record<string, AttributeValue>)[name] = value
  }

  event(name: string, attributes: Attributes = {}): void {
    this.#events ??= []
    if (this.#events.length >= MAX_EVENTS || this.#hasEnded()) return
    const { clock, epochMs } = this.#place.trace.options
    this.#events.push({ name, atMs: epochMs + clock.monotonicMs(), attributes })
  }

  fail(error: unknown): void {
    if (!this.#hasEnded()) this.#failure = { error }
  }

  child(name: string, attributes?: Attributes): Span {
    const { trace, context } = this.#place
    const own = { traceId: context.traceId, spanId: trace.options.nextSpanId(), sampled: context.sampled }
    const place = { trace, context: own, parentSpanId: context.spanId, isFirst: false, kind: 'internal' } as const
    return new LocalSpan(name, place, attributes)
  }

  end(): void {
    if (this.#hasEnded()) return
    this.#durationMs = this.#place.trace.options.clock.monotonicMs() - this.#startedMs
    if (this.#place.isFirst) this.#place.trace.close(this)
    else this.#place.trace.add(this)
  }

  toRecord(): SpanRecord {
    const { trace, context, parentSpanId, kind } = this.#place
    return {
      name: this.#name,
      kind,
      traceId: context.traceId,
      spanId: context.spanId,
      parentSpanId,
      startedAtMs: trace.options.epochMs + this.#startedMs,
      durationMs: this.#durationMs,
      attributes: this.#attributes === null ? NONE : this.#redactAttributes(this.#attributes),
      events: this.#events ?? [],
      status: this.#failure === null ? 'ok' : 'failed',
      failure: this.#failure === null ? null : describeFailure(this.#failure.error),
    }
  }

  #redactAttributes(attributes: Attributes): Attributes {
    if (this.#ownsAttributes || !Object.isFrozen(attributes)) return redact(attributes) as Attributes
    const { redactedOnce } = this.#place.trace.options
    const known = redactedOnce.get(attributes)
    if (known) return known
    const redacted = redact(attributes) as Attributes
    redactedOnce.set(attributes, redacted)
    return redacted
  }

  #hasEnded(): boolean {
    return this.#durationMs !== RUNNING
  }
}

const RUNNING = -1
const NONE: Attributes = Object.freeze({})
