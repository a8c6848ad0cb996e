import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isDeclared, type BanyanError, type Clock, type HttpPipelines, type Random } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Cors } from './answer/cors.ts'
import { endsConnection, errorHeaders, toDeclared } from './answer/edge-faults.ts'
import { errorEnvelope } from './answer/envelope.ts'
import { writeAnswer, type Answer, type Exchange } from './exchange.ts'
import { createRefusalLog, type RefusalLog } from './refusal-log.ts'
import { createRequestIds } from './request-id.ts'
import { createSlowLog } from './slow-log.ts'
import { createTimestamps } from './timestamps.ts'

export interface EdgeOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly cors: Cors
  /** Headers of every answer: name, value, name, value … */
  readonly securityHeaders: readonly string[]
  readonly maxBodyBytes: number
  readonly isDraining: () => boolean
  readonly pipelines: HttpPipelines
  /** An answer that took longer is logged, milliseconds. Default 1,000. */
  readonly slowMs?: number
  /** One request in so many is logged whatever came of it; 0: none. Default 1,000. A line costs 2 µs. */
  readonly logOneIn?: number
}

/** What every request goes through, whatever it asks for: it begins an exchange, and any failure becomes an answer. */
export interface Edge {
  begin(request: FastifyRequest, reply: FastifyReply): Exchange
  /**
   * The answer to a failure. What is our own fault is logged, with its cause where it began here; the answer shows none. What was declared is
   * logged once for each kind.
   */
  refuse(exchange: Exchange, error: unknown, show?: (error: BanyanError) => BanyanError): Answer
  /** Writes the answer; one that HTTP cannot carry (a tag or place with odd characters) becomes `api.INTERNAL`. */
  send(exchange: Exchange, answer: Answer): void
  /** Milliseconds since the exchange began; logs it when it was slow, or as one of the sample. */
  finish(exchange: Exchange, operation: string, status: number): number
  /** Wall time as ISO 8601. */
  now(): string
}

export function createEdge(options: EdgeOptions): Edge {
  const { clock, logger, cors, securityHeaders, isDraining, pipelines } = options
  const nameRequest = createRequestIds(options.random)
  const now = createTimestamps(clock)
  const refusals = createRefusalLog(options)
  const slowness = createSlowLog(logger)
  const { slowMs = 1_000, logOneIn = 1_000 } = options
  let untilSample = logOneIn

  const edge: Edge = {
    begin(request, reply) {
      const inbound = request.raw.headers
      const requestId = nameRequest(inbound['x-request-id'])
      const headers = [...securityHeaders, 'X-Request-Id', requestId]
      for (const part of cors.headersFor(inbound.origin)) headers.push(part)
      return { request, reply, requestId, startedMs: clock.monotonicMs(), headers }
    },

    refuse({ request, reply, requestId, headers }, thrown, show) {
      const error = toDeclared(thrown, options)
      if (error.replayed) headers.push('Idempotency-Replayed', 'true')
      if (endsConnection(error)) endConnection(reply.raw)
      if (error.http >= 500)
        report(options, { thrown, refusals }, { requestId, method: request.method, path: pathOf(request) })
      const body = errorEnvelope(show ? show(error) : error, { timestamp: now(), requestId })
      return { status: error.http, headers: errorHeaders(error), body }
    },

    send(exchange, answer) {
      if (isDraining()) endConnection(exchange.reply.raw)
      try {
        writeAnswer(exchange, answer)
      } catch (error) {
        writeAnswer(exchange, edge.refuse(exchange, error))
      }
    },

    finish({ request, requestId, startedMs }, operation, status) {
      const endedMs = clock.monotonicMs()
      const ms = endedMs - startedMs
      if (refusals.isOpen) refusals.settle(endedMs)
      untilSample -= 1
      if (ms > slowMs) slowness.slow({ requestId, operation, status, ms, path: pathOf(request) }, endedMs)
      else if (untilSample === 0) logger.info({ requestId, operation, status, ms, path: pathOf(request) }, 'request')
      if (untilSample <= 0) untilSample = logOneIn
      return ms
    },

    now,
  }
  return edge

  /** Not under requests that are under way behind it. */
  function endConnection(response: ServerResponse): void {
    if (pipelines.isLast(response)) response.shouldKeepAlive = false
  }
}

/** Without its query: cursors and search terms are nobody's business. */
function pathOf({ raw }: FastifyRequest): string {
  return (raw.url ?? '').split('?', 1)[0]!
}

/** What was declared has been logged with its cause where it happened; what was not happened here. */
function report({ logger }: EdgeOptions, { thrown, refusals }: Reported, fields: object): void {
  if (isDeclared(thrown)) refusals.refused(thrown.code, fields)
  else logger.error({ ...fields, error: thrown }, 'request failed')
}

interface Reported {
  readonly thrown: unknown
  readonly refusals: RefusalLog
}
