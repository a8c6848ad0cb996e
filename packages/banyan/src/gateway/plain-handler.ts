import type { Edge } from './edge.ts'
import { sendAnswer, type Answer, type Exchange } from './exchange.ts'
import type { RequestHandler } from './operation-handler.ts'

/** A route without contract: whatever fails becomes an answer all the same. */
export function createPlainHandler(
  edge: Edge,
  answer: (exchange: Exchange) => Answer | Promise<Answer>,
): RequestHandler {
  return async (request, reply) => {
    const exchange = edge.begin(request, reply)
    try {
      sendAnswer(exchange, await answer(exchange))
    } catch (error) {
      sendAnswer(exchange, edge.refuse(exchange, error))
    }
  }
}
