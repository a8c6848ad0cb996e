import { mergePositions, type StoredAnswer } from '../../cache/index.ts'
import { anonymous, type Call, type Frontier, type Positions } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { isFault } from '../../observe/index.ts'
import { createAnswerReader } from '../answer/answer-reader.ts'
import type { CarryOutTools, OperationRoute } from '../operations/carry-out.ts'
import type { Exchange } from '../exchange.ts'

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
  const read = createAnswerReader(wire, id, operation)
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
      return await read(input, call)
    } catch (error) {
      if (isFault(error)) span.fail(error)
      throw error
    } finally {
      span.end()
    }
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
