import type { Contract } from '../../contract/index.ts'
import { NO_RELEASE } from '../releases.ts'
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
  /** Of the app: of two majors neither calls the other. Default: it has none, and nobody asks. */
  readonly release?: string
}

/**
 * Calls as HTTP/1.1: `POST /call/orders.getOrder`, the input as JSON body, the context in headers, the data as JSON
 * answer. Slower than `stream`, but anyone can speak it: curl, any proxy, any language.
 * @throws `api.INVALID_OPTIONS`
 */
export function createHttpTransport(given: HttpTransportOptions = {}): Transport {
  const { contracts = [], release = NO_RELEASE, ...options } = given
  const settings = httpSettings(options)
  const isSafe = safeOperations(contracts)
  const transport: Transport = {
    name: 'http',
    serve: (serve) => serveHttp(settings, { ...serve, release }),
    connect: (connect) => connectHttp({ ...connect, settings, release, isSafe }),
  }
  return Object.freeze(transport)
}
