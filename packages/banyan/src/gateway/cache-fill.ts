import { mergePositions, type StoredAnswer } from '../cache/index.ts'
import {
  anonymous,
  createNewestChange,
  createSerializer,
  type Call,
  type Frontier,
  type Positions,
  type Reply,
} from '../contract/index.ts'
import type { Clock } from '../core/index.ts'
import { isFault } from '../observe/index.ts'
import type { CarryOutTools, OperationRoute } from './carry-out.ts'
import type { Exchange } from './exchange.ts'

export interface FillTools extends CarryOutTools {
  readonly clock: Clock
  /** How far the logs have come, as this process knows it. */
  readonly frontier?: Frontier
}

/** Asks the service for an answer that is to be kept. @throws what the service refuses with */
export type Fill = (after: Positions) => Promise<StoredAnswer>

/**
 * In nobody's name, because everybody gets it, and for as long as the operation may take: the one whose request began it may leave,
 * the others wait on.
 */
export function createFill(
  { wire, clock, tracer, frontier }: FillTools,
  { id, operation }: OperationRoute,
): (exchange: Exchange, input: Readonly<Record<string, unknown>>) => Fill {
  const serialize = createSerializer(operation.output)
  const newestChange = createNewestChange(operation.output)
  const { method, path } = operation.http
  const attributes = Object.freeze({ 'http.request.method': method, 'http.route': path })
  const spanName = `${method} ${path}`

  return (exchange, input) => async (after) => {
    const parent = (exchange.request.raw.headers.traceparent as string | undefined) ?? null
    const span = tracer.start(spanName, { parent, kind: 'server', attributes })
    try {
      const call: Call = {
        ...TERMS,
        deadlineAtMs: clock.monotonicMs() + operation.deadlineMs,
        requestId: exchange.requestId,
        traceParent: span.traceParent,
        // What was written through here is in what its writer, or anybody, reads here next.
        after: frontier ? mergePositions(after, frontier.positions()) : after,
      }
      if (wire.callEncoded === undefined) return toStored(await wire.call(id, input, call))
      const { data, versions, changedAt } = await wire.callEncoded(id, { fields: input, body: null }, call)
      return { data, versions, changedAt }
    } catch (error) {
      if (isFault(error)) span.fail(error)
      throw error
    } finally {
      span.end()
    }
  }

  /** As the service itself would have written it for another process. */
  function toStored({ data, versions, changedAt }: Reply): StoredAnswer {
    return { data: Buffer.from(serialize(data)), versions, changedAt: changedAt ?? newestChange(data) }
  }
}

const TERMS = Object.freeze({
  principal: anonymous,
  key: null,
  waitMs: 0,
  ifMatch: null,
  saga: null,
  signal: new AbortController().signal,
})
