import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { findFreePort } from '../../chaos/index.ts'

/** A relay in front of an HTTP server by which it can be taken away and brought back at the same address. */
export interface OriginSwitch extends AsyncDisposable {
  readonly url: string
  /** Breaks every connection and refuses new ones, as when the process is killed. */
  kill(): Promise<void>
  restore(): Promise<void>
  stop(): Promise<void>
}

/** @param target `http://127.0.0.1:3000` */
export async function startOriginSwitch(target: string): Promise<OriginSwitch> {
  const { hostname, port: targetPort } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = createConnection(Number(targetPort), hostname)
    join(client, upstream)
    join(upstream, client)
  })
  const port = await findFreePort()
  await listen()

  return {
    url: `http://127.0.0.1:${port}`,
    kill,
    restore: listen,
    stop: kill,
    [Symbol.asyncDispose]: kill,
  }

  function join(socket: Socket, other: Socket): void {
    sockets.add(socket)
    socket.on('error', () => other.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
    socket.pipe(other)
  }

  async function listen(): Promise<void> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }

  async function kill(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
}
