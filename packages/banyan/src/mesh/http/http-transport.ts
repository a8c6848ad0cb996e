import type { Contract } from '../../contract/index.ts'
import type { Transport } from '../transport.ts'
import { httpSettings, type HttpOptions } from './http-options.ts'
import { connectHttp } from './http-wire.ts'
import { serveHttp } from './http-server.ts'
import { safeOperations } from './safe-operations.ts'

export interface HttpTransportOptions extends HttpOptions {
  /**
   * Of the services that are called: tells which operations are queries. A query whose connection died under it is sent
   * again once; without its contract it is not.
   */
  readonly contracts?: readonly Contract[]
}

/**
 * Calls as HTTP/1.1: `POST /call/orders.getOrder`, the input as JSON body, the context in headers, the data as JSON
 * answer. Slower than `stream`, but anyone can speak it: curl, any proxy, any language.
 * @throws `api.INVALID_OPTIONS`
 */
export function createHttpTransport({ contracts = [], ...options }: HttpTransportOptions = {}): Transport {
  const settings = httpSettings(options)
  const isSafe = safeOperations(contracts)
  const transport: Transport = {
    name: 'http',
    serve: (serve) => serveHttp(settings, serve),
    connect: (connect) => connectHttp({ ...connect, settings, isSafe }),
  }
  return Object.freeze(transport)
}
