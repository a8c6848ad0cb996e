import type { ClientRequest, IncomingHttpHeaders, RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { isDeclared, isError, nodeHttp, type BanyanError, type Clock } from '../../core/index.ts'
import type { Exchange } from '../calls-under-way.ts'
import { withoutAnswer } from '../caller-error.ts'
import { faultOf } from '../fault-of.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { Connections } from './connections.ts'
import type { HttpSettings } from './http-options.ts'
import { readBody } from './read-body.ts'

export interface HttpRequest {
  /** Whose name the certificate must carry; `null`: any of this authority. */
  readonly service: string | null
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array
  /** Whether it may be sent again although an attempt may have been carried out. */
  readonly mayRepeat: boolean
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Begins one request. `abort` closes its connection: that is how HTTP/1.1 takes a request back. */
export type HttpExchange = (request: HttpRequest) => Exchange<Answer>

export interface ExchangeTools {
  readonly address: string
  readonly clock: Clock
  readonly settings: HttpSettings
  readonly connections: Connections
}

/**
 * One request and its answer.
 *
 * The race of kept connections: the other side may close one at the moment we write into it, and then nobody can tell whether
 * the request was read. Such a request is sent again, once, on a fresh connection, only if it `mayRepeat`; otherwise
 * the answer is `mesh.CONNECTION_LOST`, whose effect is unknown, and the caller's key decides. What never had a
 * connection is `mesh.UNREACHABLE`: certainly nothing was done.
 */
export function createExchange(tools: ExchangeTools): HttpExchange {
  return (request) => {
    const attempts: Attempt[] = []
    let aborted: Error | null = null

    async function run(): Promise<Answer> {
      try {
        return await begin(tools.connections.kept(request.service))
      } catch (error) {
        if (aborted) throw aborted
        if (!request.mayRepeat || !attempts[0]?.diedUnanswered()) throw declare(error)
        return await begin(tools.connections.fresh(request.service)).catch((again: unknown) => {
          throw aborted ?? declare(again)
        })
      }
    }

    function begin(options: RequestOptions): Promise<Answer> {
      const attempt = createAttempt(tools, request, options)
      attempts.push(attempt)
      return attempt.answer
    }

    function declare(error: unknown): unknown {
      const { address } = tools
      const cause = { cause: error }
      // Also when the certificate is not that of the service: a declared error, but of the check, not of the call.
      if (!attempts.at(-1)!.wasConnected()) return meshErrors.UNREACHABLE({ address, fault: faultOf(error) }, cause)
      return isDeclared(error) ? error : meshErrors.CONNECTION_LOST({ address }, cause)
    }

    return {
      answer: run(),
      abort(error) {
        aborted = error
        attempts.at(-1)!.destroy(error)
      },
    }
  }
}

interface Attempt {
  readonly answer: Promise<Answer>
  wasConnected(): boolean
  /** It went into a connection that had served before, and that ended without a byte of answer. */
  diedUnanswered(): boolean
  destroy(error: Error): void
}

function createAttempt(tools: ExchangeTools, request: HttpRequest, options: RequestOptions): Attempt {
  const { settings } = tools
  const send = options.protocol === 'https:' ? httpsRequest : nodeHttp.request
  const { method, path } = request
  const client = send({ ...options, method, path, headers: headersOf(request) })
  const seen = { connected: false, answered: false }
  client.on('socket', (socket) => {
    if (client.reusedSocket || !socket.connecting) seen.connected = true
    else awaitConnection(tools, { client, socket, onConnected: () => (seen.connected = true) })
  })
  const answer = new Promise<Answer>((resolve, reject) => {
    client.on('response', (response) => {
      seen.answered = true
      readBody(response, settings.maxBodyBytes).then(
        (body) => resolve({ status: response.statusCode!, headers: response.headers, body }),
        (error: unknown) => {
          client.destroy()
          reject(unreadable(error, response.statusCode!, request))
        },
      )
    })
    client.on('error', reject)
    // Also without an error: 101 is an answer to no request of ours.
    client.on('close', () => seen.answered || reject(new Error('the connection closed without an answer')))
  })
  client.end(request.body)
  return {
    answer,
    wasConnected: () => seen.connected,
    diedUnanswered: () => client.reusedSocket && !seen.answered,
    destroy: (error) => client.destroy(error),
  }
}

/** An answer that is too large was no refusal of the request: what a success was of has been carried out, of anything else nobody knows. */
function unreadable(error: unknown, status: number, { mayRepeat }: HttpRequest): unknown {
  if (!isError(error, meshErrors.MESSAGE_TOO_LARGE) || mayRepeat) return error
  if (status < 300) return withoutAnswer({ kind: 'command' }, error as BanyanError)
  return new Error(`an answer with status ${status} is too large`, { cause: error })
}

function headersOf({ headers, body }: HttpRequest): Record<string, string> {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  if (length === 0) return Object.fromEntries(headers)
  return { ...Object.fromEntries(headers), 'content-type': 'application/json', 'content-length': String(length) }
}

interface Connecting {
  readonly client: ClientRequest
  readonly socket: Socket
  readonly onConnected: () => void
}

function awaitConnection({ clock, settings }: ExchangeTools, { client, socket, onConnected }: Connecting): void {
  const timeoutMs = settings.connectTimeoutMs
  const cancel = clock.schedule(timeoutMs, () => client.destroy(new Error(`no connection within ${timeoutMs} ms`)))
  socket.once('close', cancel)
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
    cancel()
    onConnected()
  })
}
