import type { Clock } from '../core/index.ts'
import type { Attributes, SpanRecord, SpanSink } from './span.ts'

/** A span as its trace sees it once it has ended. */
interface EndedSpan {
  readonly hasFailed: boolean
  readonly durationMs: number
  toRecord(): SpanRecord
}

/** What the spans of all traces in one process share. */
export interface LocalTraceOptions {
  readonly maxSpans: number
  readonly sinks: readonly SpanSink[]
  readonly clock: Clock
  /** Wall time at zero of the monotonic clock, milliseconds. */
  readonly epochMs: number
  readonly nextSpanId: () => string
  /** Told when the first span of a trace has ended: nothing can join it any more. */
  readonly onClose: (trace: LocalTrace) => void
  /** Frozen attributes are shared by all spans of a name: redacting them each time was half of what a kept span costs. */
  readonly redactedOnce: WeakMap<Attributes, Attributes>
  /** Whether one more trace may be kept that was not sampled. */
  readonly mayKeep: () => boolean
}

export interface LocalTraceTerms {
  /** Of the whole trace. */
  readonly id: string
  readonly sampled: boolean
  readonly slowMs: number
}

/**
 * The spans that one process adds to one trace, held back until its first span ends, because only then is it known
 * whether the trace failed or was slow. `gathering → kept | dropped`; spans that end later share the verdict.
 */
export class LocalTrace {
  readonly options: LocalTraceOptions
  readonly id: string
  readonly sampled: boolean
  readonly #slowMs: number
  #state: 'gathering' | 'kept' | 'dropped' = 'gathering'
  #held: EndedSpan[] | null = null
  #failed = false

  constructor(options: LocalTraceOptions, { id, sampled, slowMs }: LocalTraceTerms) {
    this.options = options
    this.id = id
    this.sampled = sampled
    this.#slowMs = slowMs
  }

  add(span: EndedSpan): void {
    this.#failed ||= span.hasFailed
    if (this.#state === 'gathering') this.#hold(span)
    else if (this.#state === 'kept' || (span.hasFailed && this.options.mayKeep())) this.#keep(span)
  }

  /** The first span has ended: keep all or none. It is kept even where children have used up `maxSpans`. */
  close(first: EndedSpan): void {
    const { mayKeep, onClose } = this.options
    this.#failed ||= first.hasFailed
    const isNotable = this.#failed || first.durationMs > this.#slowMs
    this.#state = this.sampled || (isNotable && mayKeep()) ? 'kept' : 'dropped'
    onClose(this)
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
