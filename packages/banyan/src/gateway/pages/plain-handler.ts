import type { Edge } from '../edge.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { RequestHandler } from '../operations/operation-handler.ts'

/** A route without contract: whatever fails becomes an answer all the same. */
export function createPlainHandler(
  edge: Edge,
  answer: (exchange: Exchange) => Answer | Promise<Answer>,
): RequestHandler {
  return async (request, reply) => {
    const exchange = edge.begin(request, reply)
    try {
      edge.send(exchange, await answer(exchange))
    } catch (error) {
      edge.send(exchange, edge.refuse(exchange, error))
    }
  }
}
