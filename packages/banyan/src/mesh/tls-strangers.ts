import type { Server } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { StrangerLog } from './stranger-log.ts'

/** Within this long a connection must have greeted in TLS, milliseconds: one that never does would keep its server from closing. */
export const HANDSHAKE_TIMEOUT_MS = 5_000

/** Says who did not get in, and lets go of the connection, which Node leaves to whoever listens. */
export function refuseTlsStrangers(server: Server, strangers: StrangerLog): void {
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    strangers.refused(error, NOT_TLS.has(error.code ?? '') ? { fault: 'it does not speak TLS' } : {})
    socket.destroy()
  })
}

/** A plain caller of HTTP, and one of anything else. */
const NOT_TLS: ReadonlySet<string> = new Set(['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_WRONG_VERSION_NUMBER'])
