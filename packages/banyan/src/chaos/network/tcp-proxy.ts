import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Clock } from '../../core/index.ts'

/**
 * What a link does to the bytes that pass:
 * - `sound`: nothing.
 * - `slow`: each packet comes 200 ms late, either way.
 * - `no-answers`: requests arrive, answers do not: cut one way.
 * - `silent`: nothing passes and nothing is closed, as when a cable is pulled.
 * - `reset`: every connection breaks in the middle of its next answer.
 * - `dribble`: answers come a byte at a time.
 */
export type LinkState = 'sound' | 'slow' | 'no-answers' | 'silent' | 'reset' | 'dribble'

/** Something that bytes pass through, and that breaks when it is told to. */
export interface Link {
  /** Packets that it has held back, dropped or cut since it was last told to. */
  readonly harmed: number
  /** Ends what a bad link has kept: whoever waits on it would wait for ever. */
  set(state: LinkState): void
}

/** A relay in front of an address. */
export interface TcpProxy extends Link, AsyncDisposable {
  /** 0 where it listens at a path. */
  readonly port: number
  stop(): Promise<void>
}

export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

export interface TcpProxyOptions {
  /** Asked for each connection: whoever is behind it may have come back elsewhere. `null`: nobody is there. */
  readonly targetOf: () => Place | null
  /** A unix socket in place of a free port. */
  readonly path?: string
  /** Where it has a port. Default: 127.0.0.1. */
  readonly host?: string
  readonly clock: Clock
}

const SLOW_MS = 200
/** Beyond it the rest of an answer goes at once: a link that is never done would stop the run. */
const MAX_DRIBBLED_BYTES = 200

export async function startTcpProxy({ targetOf, clock, path, host = '127.0.0.1' }: TcpProxyOptions): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: LinkState = 'sound'
  let harmed = 0

  const server = createServer({ noDelay: true }, (client) => {
    const target = targetOf()
    if (target === null) return void client.destroy()
    const upstream = createConnection({ ...target, noDelay: true })
    join(client, upstream, 'request')
    join(upstream, client, 'answer')
  })
  const where = path === undefined ? { port: 0, host } : { path }
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve))

  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    get harmed() {
      return harmed
    },
    set(next) {
      const wasBroken = state === 'no-answers' || state === 'silent'
      state = next
      harmed = 0
      if (wasBroken) for (const socket of sockets) socket.destroy()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }

  function join(from: Socket, to: Socket, way: 'request' | 'answer'): void {
    let queue = Promise.resolve()
    sockets.add(from)
    from.on('data', (chunk) => {
      if (state !== 'sound') harmed++
      queue = queue.then(() => pass(chunk, { from, to, way }))
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      void queue.then(() => to.destroy())
    })
  }

  async function pass(chunk: Buffer, { from, to, way }: Passage): Promise<void> {
    if (state === 'silent' || (state === 'no-answers' && way === 'answer')) return
    if (state === 'slow') await clock.sleep(SLOW_MS)
    if (state === 'reset' && way === 'answer') {
      // A unix socket knows no RST.
      const breakOff = () => (path === undefined ? to.resetAndDestroy() : to.destroy())
      to.write(chunk.subarray(0, chunk.length >> 1), breakOff)
      return void from.destroy()
    }
    if (state === 'dribble' && way === 'answer') return dribble(chunk, to)
    to.write(chunk)
  }

  async function dribble(chunk: Buffer, to: Socket): Promise<void> {
    const slow = Math.min(chunk.length, MAX_DRIBBLED_BYTES)
    for (let at = 0; at < slow && !to.destroyed; at++) {
      to.write(chunk.subarray(at, at + 1))
      await clock.sleep(1)
    }
    if (slow < chunk.length) to.write(chunk.subarray(slow))
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

interface Passage {
  readonly from: Socket
  readonly to: Socket
  readonly way: 'request' | 'answer'
}
