import type { ApplicationCache, CachedOperation, WritePlan } from '../../cache/index.ts'
import type { AccessCheck, Call, HttpBinding, Operation, Wire } from '../../contract/index.ts'
import type { Random } from '../../core/index.ts'
import { isFault, type Tracer } from '../../observe/index.ts'
import type { Admission } from '../limits/admission.ts'
import type { CacheHeaders } from '../caching/cache-headers.ts'
import type { ConsistencyTokens } from '../request/consistency-tokens.ts'
import type { AttemptGuard, AttemptInput } from '../limits/attempt-limits.ts'
import { createTermsReader } from '../request/call-terms.ts'
import { createCacheWrite } from '../caching/cache-write.ts'
import type { View } from '../caching/cached-views.ts'
import { createBytesCarrier, createValueCarrier, type Ready } from './carrier.ts'
import { clientAddress, limitKeyOfAddress, type TrustProxy } from '../request/client-address.ts'
import type { Edge } from '../edge.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { HangUpSignals } from '../request/hang-up-signals.ts'
import type { OperationCodec } from './operation-codec.ts'

export interface CarryOutTools {
  readonly edge: Edge
  readonly admission: Admission
  readonly wire: Wire
  readonly random: Random
  readonly tracer: Tracer
  readonly trustProxy: TrustProxy
  readonly hangUpOf: HangUpSignals
  readonly consistency: ConsistencyTokens
  /** `null`: nothing is kept. */
  readonly cache: ApplicationCache<View> | null
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
  readonly cacheHeaders: CacheHeaders
  /** What it changes of kept answers; most operations change none. */
  readonly writes: WritePlan | null
  /** Its own answers are kept. */
  readonly cached: CachedOperation | null
}

/** From an admitted request to the service's answer; every failure is thrown. */
export type CarryOut = (
  exchange: Exchange,
  query: Readonly<Record<string, string>>,
  codec: OperationCodec,
) => Promise<Answer>

export function createCarryOut(tools: CarryOutTools, route: OperationRoute): CarryOut {
  const { operation, access, guard } = route
  const { admission, wire, tracer, edge, hangUpOf, consistency } = tools
  const isWrite = operation.kind === 'command'
  const isLagging = operation.kind === 'query' && operation.readModel !== undefined
  const asValues = createValueCarrier(route, wire)
  const asBytes = createBytesCarrier(route, wire) ?? asValues
  const write = tools.cache !== null && route.writes !== null ? createCacheWrite(tools.cache, route.writes) : null
  const readTerms = createTermsReader(operation, tools.random)
  const { method, path } = operation.http
  const attributes = Object.freeze({ 'http.request.method': method, 'http.route': path })
  // As OpenTelemetry names it; the operation's own span, of the same id on every wire, stands below.
  const spanName = `${method} ${path}`

  return async (exchange, query, codec) => {
    const { request, requestId } = exchange
    const inbound = request.raw.headers
    const admitted = admission.admit(exchange)
    const principal = admitted instanceof Promise ? await admitted : admitted
    access.caller(principal)
    // Before the input, so that a refusal looks the same wherever the input is judged.
    const terms = readTerms(inbound, codec.apiVersion, exchange.headers)
    const after = isLagging ? consistency.read(inbound) : undefined
    const ready = (codec.isCurrent ? asBytes : asValues)({ request, query, principal, codec })
    const parent = (inbound.traceparent as string | undefined) ?? null
    const span = tracer.start(spanName, { parent, kind: 'server', attributes })
    const call: Call = {
      principal,
      ...terms,
      deadlineAtMs: exchange.startedMs + operation.deadlineMs,
      signal: hangUpOf(request.raw.socket),
      requestId,
      traceParent: span.traceParent,
      saga: null,
      ...(after && { after }),
    }
    try {
      const run = () => (guard === null ? ready.run(call) : guard(toAttempt(tools, exchange, { ready, call })))
      const reply = await (write === null ? run() : write(ready, run))
      const wishes = {
        ifNoneMatch: inbound['if-none-match'],
        acceptEncoding: inbound['accept-encoding'] as string | undefined,
      }
      return ready.answer(reply, { ...wishes, now: edge.now })
    } catch (error) {
      if (isFault(error)) span.fail(error)
      throw error
    } finally {
      // Also with a refusal: a declined card has cancelled an order.
      if (isWrite) exchange.headers.push(...consistency.issue(inbound))
      span.end()
    }
  }
}

interface Tried {
  readonly ready: Ready
  readonly call: Call
}

function toAttempt({ trustProxy }: CarryOutTools, { request }: Exchange, { ready, call }: Tried) {
  const address = limitKeyOfAddress(clientAddress(request.raw, trustProxy))
  const input = ready.input as AttemptInput
  return { input, address, signal: call.signal, run: () => ready.run(call) }
}
