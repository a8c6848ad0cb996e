import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nodeHttp } from '../../core/index.ts'
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
    return503OnClosing: false, // requests on connections that are still open are answered
    forceCloseConnections: 'idle',
    serverFactory: (listener) => createHttpServer(listener, { settings, rawAnswers }),
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: MAX_PARAMETER_CHARACTERS,
      querystringParser: (text) => text as unknown as Record<string, string>,
    },
    clientErrorHandler: () => {}, // it would be given to the first address only that a name stands for
    frameworkErrors: answerFailure,
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
  }
  const app = fastify(options)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler(answerFailure)
  return app
}

/** One for each address that the host's name stands for. */
function createHttpServer(listener: RequestListener, { settings, rawAnswers }: Omit<ServerTools, 'edge'>): Server {
  const options = {
    maxHeaderSize: settings.maxHeaderBytes,
    headersTimeout: settings.headersTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    requireHostHeader: false, // Node's own refusal has no body; ours is in the operation handler
  }
  const server = nodeHttp.createServer(options, rawAnswers.pipelines.guard(listener))
  server.maxConnections = settings.maxConnections
  server.on('clientError', createClientErrorHandler(rawAnswers))
  refusePastRoutes(server, rawAnswers)
  return server.setTimeout(settings.idleTimeoutMs)
}

/** Schemas are the contract's. Left to itself, Fastify loads two compilers that nothing here asks for: 0.5 MB of source. */
function refuseSchema(): never {
  throw new TypeError('A route of the gateway has no schema of its own: its operation has.')
}

const MAX_PARAMETER_CHARACTERS = 512
const TIMEOUT_CHECK_MS = 1_000 // how late a request that arrives too slowly is noticed; Node's default is 30 s

/** `CONNECT` and expectations other than 100-continue are events of the server, not requests. */
function refusePastRoutes(server: Server, rawAnswers: RawAnswerTools): void {
  const refuse = createRawRefusal(rawAnswers)
  const allowed = 'GET, HEAD, POST, PUT, DELETE, OPTIONS'
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuse(socket, gatewayErrors.METHOD_NOT_ALLOWED({ method: 'CONNECT', allowed }))
  })
  server.on('checkExpectation', ({ socket }: IncomingMessage) => refuse(socket, gatewayErrors.EXPECTATION_FAILED()))
}
