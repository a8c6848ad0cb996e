import type { SpanRecord, SpanSink } from './span.ts'

/** The last kept spans of this process, for the console and an order's story. Memory only: a restart empties it. */
export interface SpanRing extends SpanSink {
  /** Spans of one trace by start; of two that started together the one that ended later (the outer) comes first. */
  trace(traceId: string): readonly SpanRecord[]
  /** The newest spans that match, newest first. */
  newest(limit: number, matches?: (span: SpanRecord) => boolean): readonly SpanRecord[]
}

/** @param maxSpans The oldest gives way beyond it. Default 4,096: about 2 MB. */
export function createSpanRing(maxSpans = 4096): SpanRing {
  const spans: SpanRecord[] = []
  let next = 0

  const newestFirst = () => [...spans.slice(next), ...spans.slice(0, next)].reverse()

  return {
    keep(span) {
      spans[next] = span
      next = (next + 1) % maxSpans
    },
    trace: (traceId) =>
      newestFirst()
        .filter((span) => span.traceId === traceId)
        .sort((a, b) => a.startedAtMs - b.startedAtMs),
    newest: (limit, matches = () => true) => newestFirst().filter(matches).slice(0, limit),
  }
}
