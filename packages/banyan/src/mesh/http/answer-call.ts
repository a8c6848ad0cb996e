import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { invalidInput, type Call, type EncodedInput, type Reply } from '../../contract/index.ts'
import { coreErrors, isDeclared, isError, randomText, type BanyanError, type HttpPipelines } from '../../core/index.ts'
import { contextFromHeaders, readMs, REPLY_HEADERS } from '../call-headers.ts'
import { identifyCaller, ownPrincipal } from '../caller-proof.ts'
import { requireClaim } from '../identity/require-claim.ts'
import { meshErrors } from '../mesh-errors.ts'
import { RELEASE_HEADER, requireSameMajor } from '../releases.ts'
import type { ServiceEndpoint } from '../service-endpoint.ts'
import type { ServeOptions } from '../transport.ts'
import { HTTP_HEADERS, CALL_PATH, READY_PATH } from './http-protocol.ts'
import type { HttpSettings } from './http-options.ts'
import { readBody } from './read-body.ts'
import type { RunningCalls } from '../running-calls.ts'
import type { StrangerLog } from '../stranger-log.ts'

export interface HttpServing extends ServeOptions {
  readonly release: string
}

export interface CallAnswererParts {
  readonly settings: HttpSettings
  readonly options: HttpServing
  readonly running: RunningCalls
  readonly strangers: StrangerLog
  readonly pipelines: HttpPipelines
}

/** Answers each request on its own: whatever goes wrong is an answer too. */
export function createCallAnswerer(parts: CallAnswererParts): RequestListener {
  const certificateOf = createCertificateReader()
  const { logger, address } = parts.options
  const services = new Map(parts.options.endpoints.map((endpoint) => [endpoint.contract.name, endpoint]))
  return (request, response) => {
    response.sendDate = false
    answer({ ...parts, certificateOf, services }, request, response).catch((error: unknown) => {
      logger.error({ error, address }, 'an answer could not be written')
      response.destroy()
    })
  }
}

function announceStop(pipelines: HttpPipelines, response: ServerResponse): void {
  if (pipelines.isLast(response)) response.shouldKeepAlive = false
  response.setHeader(HTTP_HEADERS.draining, 'true')
}

interface AnswerParts extends CallAnswererParts {
  readonly certificateOf: (request: IncomingMessage) => PeerCertificate | null
  readonly services: ReadonlyMap<string, ServiceEndpoint>
}

async function answer(parts: AnswerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { running, options, pipelines } = parts
  const abort = new AbortController()
  running.begin(abort)
  response.on('close', () => {
    running.end(abort)
    if (!response.writableFinished) abort.abort()
  })
  const write = (send: () => void) => {
    if (running.isStopping) announceStop(pipelines, response)
    send()
  }
  try {
    if (request.method === 'GET' && request.url === READY_PATH) {
      requireRelease(parts, request, UNKNOWN_PROBER)
      write(() => writeReady(response, running.isStopping))
      return
    }
    if (running.isStopping) throw meshErrors.UNREACHABLE({ address: options.address, fault: 'it is stopping' })
    const reply = await carryOut(parts, request, abort.signal)
    tellPositions(parts, request, response)
    write(() => writeReply(response, reply))
  } catch (error) {
    if (isError(error, meshErrors.UNTRUSTED_CALLER)) {
      parts.strangers.refused(error)
      await sendAway(pipelines, request, response)
    }
    if (!isDeclared(error)) options.logger.error({ error, url: request.url }, 'the http wire failed')
    tellPositions(parts, request, response)
    write(() => writeError(response, isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error })))
    // The rest of a refused body is read away, within the request timeout, so that the answer is not lost to a reset.
    request.resume()
  }
}

/** Its place is for those who are let in. While its body still comes, closing would reset the connection under the answer. */
async function sendAway(pipelines: HttpPipelines, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume()
  await setImmediate() // a short body came with the head
  if (request.complete && pipelines.isLast(response)) response.shouldKeepAlive = false
}

/** What has a key may have written. */
function tellPositions({ options }: AnswerParts, { headers }: IncomingMessage, response: ServerResponse): void {
  const text = headers['idempotency-key'] === undefined ? '' : (options.frontier?.text() ?? '')
  if (text !== '') response.setHeader(REPLY_HEADERS.positions, text)
}

async function carryOut(parts: AnswerParts, request: IncomingMessage, signal: AbortSignal): Promise<Reply<string>> {
  const { settings, services } = parts
  requireHost(request)
  const id = operationOf(request)
  const service = id.slice(0, id.indexOf('.'))
  const endpoint = services.get(service)
  if (!endpoint) throw meshErrors.UNKNOWN_OPERATION({ service, operation: id })
  const call = readCall(parts, { request, service, signal })
  const body = await readBody(request, settings.maxBodyBytes)
  return await endpoint.callEncoded(id, readInput(request, body), call)
}

/** RFC 9112 3.2: without it nobody knows whom an HTTP/1.1 request was meant for. @throws `api.INVALID_INPUT` */
function requireHost({ headers, httpVersion }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion === '1.1')
    throw invalidInput([{ pointer: '', message: 'The request has no Host' }])
}

/** @throws `api.NOT_FOUND` */
function operationOf({ method, url = '' }: IncomingMessage): string {
  if (method === 'POST' && url.startsWith(CALL_PATH)) return url.slice(CALL_PATH.length)
  throw coreErrors.NOT_FOUND()
}

interface CallParts {
  readonly request: IncomingMessage
  readonly service: string
  readonly signal: AbortSignal
}

function readCall(parts: AnswerParts, { request, service, signal }: CallParts): Call {
  const { options, certificateOf } = parts
  const { credentials, clock, random } = options
  const { authorization } = request.headers
  const identity = identifyCaller(credentials, service, { authorization, certificate: certificateOf(request) })
  const read = (name: string) => request.headers[name] as string | undefined
  const defaults = { principal: ownPrincipal(identity), requestId: randomText(random) }
  const context = contextFromHeaders(read, defaults)
  requireClaim(identity, context.principal)
  requireRelease(parts, request, identity.names)
  const timeoutMs = readMs(read, HTTP_HEADERS.timeoutMs) ?? Infinity
  return { ...context, deadlineAtMs: clock.monotonicMs() + timeoutMs, signal }
}

/** @throws `api.INVALID_INPUT` */
function readInput({ headers }: IncomingMessage, body: Buffer): EncodedInput {
  const text = headers[HTTP_HEADERS.fields] as string | undefined
  return { fields: text === undefined ? {} : parseFields(text), body: body.length === 0 ? null : body }
}

function parseFields(text: string): EncodedInput['fields'] {
  const fault = () => invalidInput([{ pointer: '', message: `Header ${HTTP_HEADERS.fields} must be a JSON object` }])
  try {
    const fields = JSON.parse(text) as unknown
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as EncodedInput['fields']
  } catch {
    throw fault() // the caller wrote it; the parser's words would not help
  }
  throw fault()
}

function writeReply(response: ServerResponse, reply: Reply<string>): void {
  const headers = ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(reply.data))]
  if (reply.versions !== null) headers.push(REPLY_HEADERS.versions, reply.versions)
  if (reply.changedAt !== null) headers.push(REPLY_HEADERS.changedAt, reply.changedAt)
  if (reply.replayed) headers.push(REPLY_HEADERS.replayed, 'true')
  if (reply.pending) headers.push(REPLY_HEADERS.pending, 'true')
  response.writeHead(reply.pending ? 202 : 200, headers)
  response.end(reply.data)
}

function writeError(response: ServerResponse, error: BanyanError): void {
  const body = JSON.stringify(error)
  const headers = ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body))]
  if (error.replayed) headers.push(REPLY_HEADERS.replayed, 'true')
  response.writeHead(error.http, headers)
  response.end(body)
}

/** Probes say no name. */
const UNKNOWN_PROBER = ['a process']

/** @throws `mesh.INCOMPATIBLE_RELEASE` */
function requireRelease({ options, services }: AnswerParts, { headers }: IncomingMessage, names: readonly string[]) {
  const release = headers[RELEASE_HEADER]
  if (typeof release !== 'string') return
  requireSameMajor({ names, release }, { names: [...services.keys()], release: options.release })
}

function writeReady(response: ServerResponse, isStopping: boolean): void {
  const body = JSON.stringify({ ready: !isStopping })
  response.writeHead(isStopping ? 503 : 200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

/** Reading a certificate costs more than a call; it is the same for the whole life of a connection. */
function createCertificateReader(): (request: IncomingMessage) => PeerCertificate | null {
  const known = new WeakMap<object, PeerCertificate | null>()
  return ({ socket }) => {
    const seen = known.get(socket)
    if (seen !== undefined) return seen
    const certificate = 'getPeerCertificate' in socket ? (socket as TLSSocket).getPeerCertificate() : null
    known.set(socket, certificate)
    return certificate
  }
}
