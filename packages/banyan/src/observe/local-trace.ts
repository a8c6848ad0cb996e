import type { Clock } from '../core/index.ts'
import { redact } from './redact.ts'
import type { Attributes, SpanRecord, SpanSink } from './span.ts'

/** What the spans of one trace in one process share. */
export interface LocalTraceOptions {
  readonly sampled: boolean
  readonly slowMs: number
  readonly maxSpans: number
  readonly sinks: readonly SpanSink[]
  readonly clock: Clock
  /** Wall time at zero of the monotonic clock, milliseconds. */
  readonly epochMs: number
  readonly nextSpanId: () => string
}

/**
 * The spans that one process adds to one trace, held back until its first span ends, because only then is it known
 * whether the trace failed or was slow. `gathering → kept | dropped`; spans that end later share the verdict.
 */
export class LocalTrace {
  readonly options: LocalTraceOptions
  #state: 'gathering' | 'kept' | 'dropped' = 'gathering'
  #held: SpanRecord[] = []
  #failed = false

  constructor(options: LocalTraceOptions) {
    this.options = options
  }

  add(span: SpanRecord): void {
    this.#failed ||= span.status === 'failed'
    if (this.#state === 'gathering') {
      if (this.#held.length < this.options.maxSpans) this.#held.push(span)
    } else if (this.#state === 'kept' || span.status === 'failed') this.#keep(span)
  }

  /** The first span has ended: keep all or none. It is kept even where children have used up `maxSpans`. */
  close(first: SpanRecord): void {
    const { sampled, slowMs } = this.options
    this.#failed ||= first.status === 'failed'
    this.#state = sampled || this.#failed || first.durationMs > slowMs ? 'kept' : 'dropped'
    if (this.#state === 'kept') for (const span of [...this.#held, first]) this.#keep(span)
    this.#held = []
  }

  #keep(span: SpanRecord): void {
    const safe = { ...span, attributes: redact(span.attributes) as Attributes }
    for (const sink of this.options.sinks) sink.keep(safe)
  }
}
