import type { Duplex } from 'node:stream'

/** How long a peer may take to close its side, milliseconds. */
const LINGER_MS = 1_000

/**
 * Writes a last answer into a connection and lets go of it, after a second also of a peer that does not close its side. Listens for
 * errors: to a socket that has asked for CONNECT Node does so no longer, and a reset would end the process.
 */
export function endSocket(socket: Duplex, lastWords: string): void {
  socket.on('error', () => socket.destroy())
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.once('close', () => clearTimeout(timer))
  socket.end(lastWords)
}
