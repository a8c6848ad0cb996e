import type { Reply } from '../contract/index.ts'
import { coreErrors, isDeclared, type Clock } from '../core/index.ts'
import { createRedSeries, isFault, type Counter, type Metrics, type Span, type Tracer } from '../observe/index.ts'
import { isHeld, type CallHandler, type Middleware, type OperationCall } from './middleware.ts'

export interface ObserveOperationsOptions {
  readonly service: string
  readonly metrics: Metrics
  readonly tracer: Tracer
  readonly clock: Clock
}

/**
 * Around every call that a service answers, whichever wire it came in by: rate, errors and duration by operation and outcome,
 * errors by code, and a server span that goes on with the caller's trace. Costs 0.8 µs a call (bench/observe).
 */
export function observeOperations(options: ObserveOperationsOptions): Middleware {
  return (next) => {
    let observe: CallHandler | null = null
    return (request) => (observe ??= createObserver(options, request, next))(request)
  }
}

/** A middleware stands around one operation at a time, so that its series are looked up once. */
function createObserver(options: ObserveOperationsOptions, first: OperationCall, next: CallHandler): CallHandler {
  const { service, tracer } = options
  const { id } = first
  const count = createCounts(options, id)
  const attributes = Object.freeze({
    'rpc.system': 'banyan',
    'rpc.service': service,
    'rpc.method': id.slice(service.length + 1),
  })
  if (isHeld(first)) return withoutSpan(options, count, next)

  return (request) => {
    const span = tracer.join(id, { parent: request.call.traceParent, kind: 'server', attributes })
    return next({ ...request, call: { ...request.call, traceParent: span.traceParent } }).then(
      (reply) => {
        span.end()
        count.ok(span.durationMs)
        return reply
      },
      (error: unknown) => {
        endBadly(span, error)
        count.failed(error, span.durationMs)
        throw error
      },
    )
  }
}

/** A long poll has no trace, and would be kept as slow each time. */
function withoutSpan({ clock }: ObserveOperationsOptions, count: Counts, next: CallHandler): CallHandler {
  return async (request) => {
    const startMs = clock.monotonicMs()
    try {
      const reply: Reply = await next(request)
      count.ok(clock.monotonicMs() - startMs)
      return reply
    } catch (error) {
      count.failed(error, clock.monotonicMs() - startMs)
      throw error
    }
  }
}

function endBadly(span: Span, error: unknown): void {
  if (isFault(error)) span.fail(error)
  else span.set('error.type', codeOf(error))
  span.end()
}

type Counts = ReturnType<typeof createCounts>

function createCounts({ service, metrics }: ObserveOperationsOptions, operation: string) {
  const red = createRedSeries(metrics, {
    name: 'banyan_operation_seconds',
    help: 'Calls that a service of this process answered; refused: a declared error below 500.',
    labels: { service, operation },
  })
  const byCode = new Map<string, Counter>()
  const counterOf = (code: string) => {
    const help = 'Errors that a service of this process answered, by code.'
    const labels = { service, operation, code }
    const counter = metrics.counter({ name: 'banyan_operation_errors_total', help, labels })
    byCode.set(code, counter)
    return counter
  }
  return {
    ok: red.ok,
    failed(error: unknown, ms: number) {
      const code = codeOf(error)
      red.failed(error, ms)
      ;(byCode.get(code) ?? counterOf(code)).add()
    },
  }
}

/** Codes come from the error tables: texts of strangers never become labels. */
function codeOf(error: unknown): string {
  return isDeclared(error) ? error.code : coreErrors.INTERNAL.code
}
