import type { AccessCheck, Call, HttpBinding, Operation, Wire } from '../contract/index.ts'
import { coreErrors, isDeclared, type Random } from '../core/index.ts'
import type { Tracer } from '../observe/index.ts'
import type { Admission } from './admission.ts'
import type { AttemptGuard, AttemptInput } from './attempt-limits.ts'
import { createTermsReader } from './call-terms.ts'
import { clientAddress, limitKeyOfAddress, type TrustProxy } from './client-address.ts'
import type { Edge } from './edge.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { OperationCodec } from './operation-codec.ts'
import { createFieldReader } from './request-fields.ts'
import { createSuccessWriter } from './success-answer.ts'

export interface CarryOutTools {
  readonly edge: Edge
  readonly admission: Admission
  readonly wire: Wire
  readonly random: Random
  readonly tracer: Tracer
  readonly trustProxy: TrustProxy
}

export interface OperationRoute {
  /** `orders.placeOrder` */
  readonly id: string
  readonly operation: Operation & { readonly http: HttpBinding }
  readonly access: AccessCheck
  /** By API version. */
  readonly codecs: ReadonlyMap<number, OperationCodec>
  /** Limits guessing; most operations have none. */
  readonly guard: AttemptGuard | null
}

/** From an admitted request to the service's answer; every failure is thrown. */
export type CarryOut = (
  exchange: Exchange,
  query: Readonly<Record<string, string>>,
  codec: OperationCodec,
) => Promise<Answer>

export function createCarryOut(tools: CarryOutTools, { id, operation, access, guard }: OperationRoute): CarryOut {
  const { admission, wire, tracer, edge } = tools
  const readFields = createFieldReader(operation.http)
  const readTerms = createTermsReader(operation, tools.random)
  const writeSuccess = createSuccessWriter(operation)

  return async (exchange, query, codec) => {
    const { request, requestId } = exchange
    const inbound = request.raw.headers
    const admitted = admission.admit(exchange)
    const principal = admitted instanceof Promise ? await admitted : admitted
    access.caller(principal)
    const input = codec.decode(readFields(request, query))
    access.owner(principal, input)
    const span = tracer.start(id, { parent: (inbound.traceparent as string | undefined) ?? null })
    const call: Call = {
      principal,
      ...readTerms(inbound, codec.apiVersion, exchange.headers),
      deadlineAtMs: exchange.startedMs + operation.deadlineMs,
      signal: signalOf(exchange),
      requestId,
      traceParent: span.traceParent,
      saga: null,
    }
    try {
      const run = () => wire.call(id, input, call)
      const reply = guard === null ? await run() : await guard(toAttempt(tools, exchange, { input, call, run }))
      return writeSuccess(reply, { codec, input, ifNoneMatch: inbound['if-none-match'], now: edge.now })
    } catch (error) {
      if (isFault(error)) span.fail(error)
      throw error
    } finally {
      span.end()
    }
  }
}

/** A declined card or a missing page is an answer; a trace is kept for what went wrong. */
function isFault(error: unknown): boolean {
  return !isDeclared(error) || error.http >= 500
}

/** Aborts when the client hangs up before its answer is written. */
function signalOf({ reply }: Exchange): AbortSignal {
  const abort = new AbortController()
  const { raw } = reply
  raw.once('close', () => {
    if (!raw.writableEnded) abort.abort(coreErrors.CANCELLED())
  })
  return abort.signal
}

interface Tried<Result> {
  readonly input: unknown
  readonly call: Call
  readonly run: () => Promise<Result>
}

function toAttempt<Result>({ trustProxy }: CarryOutTools, { request }: Exchange, { input, call, run }: Tried<Result>) {
  const address = limitKeyOfAddress(clientAddress(request.raw, trustProxy))
  return { input: input as AttemptInput, address, signal: call.signal, run }
}
