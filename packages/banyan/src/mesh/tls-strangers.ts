import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { StrangerLog } from './stranger-log.ts'

/** Within this long a connection must have greeted, milliseconds: who says nothing takes the place of another. */
export const GREETING_TIMEOUT_MS = 5_000

/** Says who did not get in, and lets go of the connection, which Node leaves to whoever listens. */
export function refuseTlsStrangers(server: Server, strangers: StrangerLog): void {
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    strangers.refused(error, NOT_TLS.has(error.code ?? '') ? { fault: 'it does not speak TLS' } : {})
    socket.destroy()
  })
}

/** A plain caller of HTTP, and one of anything else. */
const NOT_TLS: ReadonlySet<string> = new Set(['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_WRONG_VERSION_NUMBER'])

/** Ends every connection of a server. Of those that have not greeted in TLS Node keeps no list, but waits for them before it closes. */
export function createSocketEnder(server: Server): () => void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}
