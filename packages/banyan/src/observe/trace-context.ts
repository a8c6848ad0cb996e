import type { Random } from '../core/index.ts'

/** Where a span stands in its trace: what W3C trace context carries (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 hex digits, not all zero. */
  readonly traceId: string
  /** 16 hex digits, not all zero. */
  readonly spanId: string
  /** Somebody up the line decided to record the trace. */
  readonly sampled: boolean
}

/** Reads a `traceparent` header; `null` for anything that the standard calls invalid: start a new trace then. */
export function parseTraceParent(text: string | null | undefined): TraceContext | null {
  if (!text) return null
  // Version 00 is all there is: tested whole and cut by place it costs a third of matching parts.
  if (!VERSION_00.test(text) && !isOfFutureVersion(text)) return null
  const traceId = text.slice(3, 35)
  const spanId = text.slice(36, 52)
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null
  return { traceId, spanId, sampled: (Number.parseInt(text[54]!, 16) & 1) === 1 }
}

export function formatTraceParent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`
}

/** Draws trace and span ids from pooled random bytes: 25 ns an id, where asking the system each time costs 400. */
export function createTraceIds(random: Random): { traceId(): string; spanId(): string } {
  let pool = ''
  let at = 0
  const take = (digits: number): string => {
    if (at + digits > pool.length) {
      pool = random.bytes(POOL_BYTES).toString('hex')
      at = 0
    }
    const id = pool.slice(at, (at += digits))
    return /[^0]/.test(id) ? id : take(digits)
  }
  return { traceId: () => take(32), spanId: () => take(16) }
}

const POOL_BYTES = 4096
const VERSION_00 = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
// A future version may append fields after another dash; version 00 may not.
const FUTURE_VERSION = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(|-.*)$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

function isOfFutureVersion(text: string): boolean {
  return FUTURE_VERSION.test(text) && !text.startsWith('00') && !text.startsWith('ff')
}
