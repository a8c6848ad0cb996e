import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { invalidInput } from '../../contract/index.ts'
import { isDeclared, nodeHttp, type HttpPipelines } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { HttpSettings } from './http-options.ts'

/**
 * Answers what never became a request (duplicate Content-Length, Content-Length beside Transfer-Encoding, a bare CR, too many
 * header bytes, too slow) and closes the connection: nobody knows where a next request would begin.
 */
export function refuseMalformed(server: Server, pipelines: HttpPipelines, { maxHeaderBytes }: HttpSettings): void {
  const refuse = (socket: Duplex, error: Error) => pipelines.end(socket, lastWords(error))

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else refuse(socket, toRefusal(error.code, maxHeaderBytes))
  })
  const refuseKind = (request: IncomingMessage, what: string) => refuse(request.socket, malformed(what))
  server.on('connect', (request: IncomingMessage) => refuseKind(request, 'CONNECT is not for this server'))
  server.on('checkExpectation', (request: IncomingMessage) => refuseKind(request, 'it expects what is not known'))
}

function toRefusal(code: string | undefined, maxHeaderBytes: number): Error {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return meshErrors.MESSAGE_TOO_LARGE({ bytes: maxHeaderBytes + 1, maxBytes: maxHeaderBytes })
  }
  return malformed(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'it came too slowly' : (code ?? 'it does not parse'))
}

function malformed(fault: string): Error {
  return invalidInput([{ pointer: '', message: `The request is no HTTP that is understood here: ${fault}` }])
}

function lastWords(error: Error): string {
  if (!isDeclared(error)) throw error
  const body = JSON.stringify(error)
  const head = `HTTP/1.1 ${error.http} ${nodeHttp.STATUS_CODES[error.http]}\r\nconnection: close\r\ncontent-type: application/json`
  return `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
