import type { Duplex } from 'node:stream'
import { nodeHttp, type BanyanError, type HttpPipelines } from '../../core/index.ts'
import { errorHeaders } from './edge-faults.ts'
import { errorEnvelope } from './envelope.ts'
import { gatewayErrors } from '../gateway-errors.ts'

export interface RawAnswerTools {
  readonly pipelines: HttpPipelines
  readonly securityHeaders: readonly string[]
  readonly nameRequest: () => string
  readonly now: () => string
  readonly maxHeaderBytes: number
  readonly maxBodyBytes: number
}

/** Answers past every route, in its turn, and ends the connection. */
export type RawRefusal = (socket: Duplex, error: BanyanError) => void

export function createRawRefusal(tools: RawAnswerTools): RawRefusal {
  return (socket, error) => {
    const requestId = tools.nameRequest()
    const body = errorEnvelope(error, { timestamp: tools.now(), requestId })
    const own = ['X-Request-Id', requestId, 'Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close']
    const head = `HTTP/1.1 ${error.http} ${nodeHttp.STATUS_CODES[error.http]}\r\nDate: ${new Date(tools.now()).toUTCString()}\r\n`
    const headers = headerLines([...tools.securityHeaders, ...errorHeaders(error), ...own])
    tools.pipelines.end(socket, `${head}${headers}\r\n${body}`)
  }
}

/**
 * Answers what never became a request, because it is no HTTP: duplicate Content-Length, bare CR, odd chunks, too many
 * header bytes, too slow. The connection is closed: nobody knows where a next request would begin.
 */
export function createClientErrorHandler(tools: RawAnswerTools): (error: Error, socket: Duplex) => void {
  const refuse = createRawRefusal(tools)
  return (error, socket) => {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else refuse(socket, toRefusal(code, tools))
  }
}

function toRefusal(code: string | undefined, { maxHeaderBytes, maxBodyBytes }: RawAnswerTools): BanyanError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return gatewayErrors.HEADERS_TOO_LARGE({ maxBytes: maxHeaderBytes })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return gatewayErrors.BODY_TOO_LARGE({ maxBytes: maxBodyBytes })
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return gatewayErrors.REQUEST_TIMEOUT()
    default:
      return gatewayErrors.MALFORMED_REQUEST({ fault: code ?? 'it does not parse' })
  }
}

function headerLines(headers: readonly string[]): string {
  return headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}\r\n`] : [])).join('')
}
