import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/index.ts'
import type { ConnectionOptions } from '../../data/index.ts'

/** A relay in front of a PostgreSQL socket that counts and breaks. */
export interface PostgresProxy extends AsyncDisposable {
  /** The same server through the relay. */
  readonly connection: ConnectionOptions
  /** Packets from the clients so far: with one connection in use, its round trips. */
  readonly requests: number
  /** Connections that came while it was cut off. */
  readonly refused: number
  /** The next request that holds `text` is forwarded; its answer is dropped and the client cut off. */
  loseAnswerTo(text: string): void
  /** From now on nothing is forwarded and nothing is closed, as when a cable is pulled. */
  fallSilent(): void
  /** From now on the end of each answer (ReadyForQuery, 6 bytes) comes in a packet of its own, a moment later. */
  splitAnswers(): void
  /** Breaks every connection, and each new one at once, until `restore`: as when the server is gone. */
  cutOff(): void
  restore(): void
  stop(): Promise<void>
}

export async function startPostgresProxy(target: ConnectionOptions): Promise<PostgresProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-proxy-'))
  const name = `.s.PGSQL.${target.port}`
  const sockets = new Set<Socket>()
  let requests = 0
  let refused = 0
  let lost: string | null = null
  let silent = false
  let isCutOff = false
  let splits = false

  const server = createServer((client) => {
    if (isCutOff) {
      refused++
      return void client.destroy()
    }
    const upstream = createConnection(join(target.host, name))
    let cutOnAnswer = false
    let held = Promise.resolve()
    keep(client, upstream)
    keep(upstream, client)
    client.on('data', (chunk) => {
      if (silent) return
      requests++
      if (lost !== null && chunk.includes(lost)) {
        lost = null
        cutOnAnswer = true
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (silent) return
      if (cutOnAnswer) client.destroy()
      else if (splits) held = held.then(() => writeInTwo(client, chunk))
      else client.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve))

  return {
    connection: { ...target, host: folder },
    get requests() {
      return requests
    },
    get refused() {
      return refused
    },
    loseAnswerTo: (text) => void (lost = text),
    fallSilent: () => void (silent = true),
    splitAnswers: () => void (splits = true),
    cutOff() {
      isCutOff = true
      for (const socket of sockets) socket.destroy()
    },
    restore: () => void (isCutOff = false),
    stop,
    [Symbol.asyncDispose]: stop,
  }

  function keep(socket: Socket, other: Socket): void {
    sockets.add(socket)
    socket.on('error', () => other.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    await rm(folder, { recursive: true, force: true })
  }
}

const READY_FOR_QUERY_BYTES = 6
const SPLIT_MS = 20

async function writeInTwo(client: Socket, chunk: Buffer): Promise<void> {
  const end = Math.max(0, chunk.length - READY_FOR_QUERY_BYTES)
  client.write(chunk.subarray(0, end))
  await systemClock.sleep(SPLIT_MS)
  client.write(chunk.subarray(end))
}
