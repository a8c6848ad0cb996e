import type { Clock } from '../core/index.ts'
import type { SpanRecord, SpanSink } from './span.ts'

/** A span as its trace sees it once it has ended. */
interface EndedSpan {
  readonly hasFailed: boolean
  readonly durationMs: number
  toRecord(): SpanRecord
}

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
  /** Whether one more trace may be kept that was not sampled. */
  readonly mayKeep: () => boolean
}

/**
 * The spans that one process adds to one trace, held back until its first span ends, because only then is it known
 * whether the trace failed or was slow. `gathering → kept | dropped`; spans that end later share the verdict.
 */
export class LocalTrace {
  readonly options: LocalTraceOptions
  #state: 'gathering' | 'kept' | 'dropped' = 'gathering'
  #held: EndedSpan[] | null = null
  #failed = false

  constructor(options: LocalTraceOptions) {
    this.options = options
  }

  add(span: EndedSpan): void {
    this.#failed ||= span.hasFailed
    if (this.#state === 'gathering') this.#hold(span)
    else if (this.#state === 'kept' || (span.hasFailed && this.options.mayKeep())) this.#keep(span)
  }

  /** The first span has ended: keep all or none. It is kept even where children have used up `maxSpans`. */
  close(first: EndedSpan): void {
    const { sampled, slowMs, mayKeep } = this.options
    this.#failed ||= first.hasFailed
    const isNotable = this.#failed || first.durationMs > slowMs
    this.#state = sampled || (isNotable && mayKeep()) ? 'kept' : 'dropped'
    if (this.#state === 'kept') for (const span of [...(this.#held ?? []), first]) this.#keep(span)
    this.#held = null
  }

  #hold(span: EndedSpan): void {
    this.#held ??= []
    if (this.#held.length < this.options.maxSpans) this.#held.push(span)
  }

  #keep(span: EndedSpan): void {
    const record = span.toRecord()
    for (const sink of this.options.sinks) sink.keep(record)
  }
}
