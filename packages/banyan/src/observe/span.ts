import type { TraceContext } from './trace-context.ts'

export type AttributeValue = string | number | boolean

export type Attributes = Readonly<Record<string, AttributeValue>>

/** On which side of a boundary the work lies, as OpenTelemetry names it. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** One timed piece of work. Ends once; what is set after the end is lost. */
export interface Span {
  readonly context: TraceContext
  /** What the next hop is given. */
  readonly traceParent: string
  /** −1 while it runs. Whoever counts the same work need not read the clock again. */
  readonly durationMs: number
  set(name: string, value: AttributeValue): void
  /** A moment within the span: `retry`, `lock-waited`. At most 32 a span; later ones are lost. */
  event(name: string, attributes?: Attributes): void
  /** Marks the span as failed; a failed span is kept whatever the sampling said. */
  fail(error: unknown): void
  child(name: string, attributes?: Attributes): Span
  end(): void
}

export interface SpanEvent {
  readonly name: string
  readonly atMs: number
  readonly attributes: Attributes
}

/** A finished span that was kept. Plain data: the story, the console and the exporter read it. */
export interface SpanRecord {
  readonly name: string
  readonly kind: SpanKind
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  /** Wall time, milliseconds since 1970 with a fraction. */
  readonly startedAtMs: number
  readonly durationMs: number
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  readonly status: 'ok' | 'failed'
  /** Code and message of what failed, redacted; `null` when it did not. */
  readonly failure: string | null
}

/** Takes finished spans: the ring, an exporter. Must not throw and must not wait. */
export interface SpanSink {
  keep(span: SpanRecord): void
}
