import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { nodeHttp, type Clock, type Random } from '../../core/index.ts'
import { errorHeaders } from '../answer/edge-faults.ts'
import { errorEnvelope } from '../answer/envelope.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import { openListeningSocket, portFailure, type ListeningSocket } from './listening-socket.ts'
import { createRequestIds } from '../request-id.ts'
import { createSecurityHeaders } from '../answer/security-headers.ts'

export interface HeldPortOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly clock: Clock
  readonly random: Random
}

/**
 * A port that is listened on before there is anything behind it. `/health/live` answers 200 and everything else 503, not ready, until
 * a gateway listens on the same socket: it takes the accepting over, with no moment between in which a connection would be refused.
 */
export interface HeldPort extends ListeningSocket {
  /** Closes the socket, whoever accepts from it, and what had come before the gateway. Idempotent. */
  stop(): Promise<void>
}

/** So few and so briefly: nobody has business here but probes. */
const LIMITS = {
  maxConnections: 1_000,
  http: { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
} as const

/** @throws `api.INVALID_OPTIONS` when the port is taken or the host is none of this machine's. */
export async function holdPort(options: HeldPortOptions): Promise<HeldPort> {
  const { host, port } = options
  const socket = await openListeningSocket(host, port)
  const server = nodeHttp.createServer(LIMITS.http, createStartingHandler(options))
  server.maxConnections = LIMITS.maxConnections
  try {
    // Bound sockets that do not listen yet keep nobody out (`SO_REUSEADDR`): of two starts at once the one that listens first wins.
    const listening = once(server, 'listening')
    server.listen(socket.handle)
    await listening
  } catch (error) {
    socket[Symbol.dispose]()
    throw portFailure(error, socket.address)
  }
  let stopping: Promise<void> | null = null
  return { handle: socket.handle, address: socket.address, stop: () => (stopping ??= close(server)) }
}

function createStartingHandler({ clock, random }: HeldPortOptions) {
  const nameRequest = createRequestIds(random)
  const securityHeaders = createSecurityHeaders({ https: false })

  return (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = nameRequest(request.headers['x-request-id'])
    const timestamp = new Date(clock.now()).toISOString()
    // The gateway will not see this connection: whoever keeps it would be told for ever that nothing is ready.
    const common = [...securityHeaders, 'X-Request-Id', requestId, 'Connection', 'close']
    if (request.url === '/health/live') {
      response.writeHead(200, [
        ...common,
        'Content-Type',
        'application/json; charset=utf-8',
        'Cache-Control',
        'no-store',
      ])
      response.end(JSON.stringify({ success: true, data: { status: 'live' }, meta: { timestamp } }))
    } else {
      const error = gatewayErrors.NOT_READY({ missing: 'this process is starting' })
      response.writeHead(error.http, [...common, ...errorHeaders(error)])
      response.end(errorEnvelope(error, { timestamp, requestId }))
    }
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
