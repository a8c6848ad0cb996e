import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createClientErrorHandler, createRawRefusal, type RawAnswerTools } from '../answer/client-error.ts'
import type { Edge } from '../edge.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import type { GatewaySettings } from '../gateway-settings.ts'

export interface ServerTools {
  readonly edge: Edge
  readonly settings: GatewaySettings
  readonly rawAnswers: RawAnswerTools
}

/**
 * Fastify with everything off that the gateway does itself: logging, schemas, body parsing, query parsing. Loaded only
 * here, so that a process which merely issues tokens starts without it.
 */
export async function createServer({ edge, settings, rawAnswers }: ServerTools): Promise<FastifyInstance> {
  const { fastify } = await import('fastify')
  const answerFailure = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const exchange = edge.begin(request, reply)
    edge.send(exchange, edge.refuse(exchange, error))
  }
  const options: FastifyHttpOptions<Server> = {
    logger: false,
    genReqId: () => '', // ours is made in `begin`
    bodyLimit: settings.maxBodyBytes,
    requestTimeout: settings.requestTimeoutMs,
    connectionTimeout: settings.idleTimeoutMs,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    return503OnClosing: false, // requests on connections that are still open are answered
    forceCloseConnections: 'idle',
    http: {
      maxHeaderSize: settings.maxHeaderBytes,
      headersTimeout: settings.headersTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      requireHostHeader: false, // Node's own refusal has no body; ours is in the operation handler
    },
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: MAX_PARAMETER_CHARACTERS,
      querystringParser: (text) => text as unknown as Record<string, string>,
    },
    clientErrorHandler: createClientErrorHandler(rawAnswers),
    frameworkErrors: answerFailure,
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
  }
  const app = fastify(options)
  app.server.maxConnections = settings.maxConnections
  refusePastRoutes(app, rawAnswers)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler(answerFailure)
  return app
}

/** Schemas are the contract's. Left to itself, Fastify loads two compilers that nothing here asks for: 0.5 MB of source. */
function refuseSchema(): never {
  throw new TypeError('A route of the gateway has no schema of its own: its operation has.')
}

const MAX_PARAMETER_CHARACTERS = 512
const TIMEOUT_CHECK_MS = 1_000 // how late a request that arrives too slowly is noticed; Node's default is 30 s

/** `CONNECT` and expectations other than 100-continue are events of the server, not requests. */
function refusePastRoutes({ server }: FastifyInstance, rawAnswers: RawAnswerTools): void {
  const refuse = createRawRefusal(rawAnswers)
  const allowed = 'GET, HEAD, POST, PUT, DELETE, OPTIONS'
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuse(socket, gatewayErrors.METHOD_NOT_ALLOWED({ method: 'CONNECT', allowed }))
  })
  server.on('checkExpectation', ({ socket }: IncomingMessage) => refuse(socket, gatewayErrors.EXPECTATION_FAILED()))
}
