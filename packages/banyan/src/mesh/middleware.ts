import type { Call, Operation, Reply } from '../contract/index.ts'

/** One call of one operation, on either side of a wire. */
export interface OperationCall {
  /** `orders.placeOrder` */
  readonly id: string
  readonly operation: Operation
  readonly input: unknown
  readonly call: Call
  /** Ids of the instances that attempts at this call went to; a balancer adds its choice, and prefers another one. */
  readonly tried?: string[]
  /** When it began here, on the monotonic clock. */
  readonly startedMs?: number
}

export type CallHandler = (request: OperationCall) => Promise<Reply>

/** The shape of everything that goes around a call: tracing, retry, breaker, metrics. */
export type Middleware = (next: CallHandler) => CallHandler

/** Wraps `handler`; the first middleware is the outermost. */
export function compose(middleware: readonly Middleware[], handler: CallHandler): CallHandler {
  return middleware.reduceRight((next, wrap) => wrap(next), handler)
}

/** A long poll: how long it takes says nothing about whoever answers it. */
export function isHeld({ operation }: OperationCall): boolean {
  return operation.kind === 'query' && operation.isHeld === true
}
