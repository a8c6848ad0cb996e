/**
 * So many clients on sockets of their own ask two shops for one product that neither has read: how often the service is asked, without
 * Redis and with. `node bench/cache/cold.ts [clients]`. Needs two file descriptors a client: `ulimit -n`. Ends with 1 when it is asked more
 * than once a process, with Redis more than once in all.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { startTestPostgres, startTestRedis } from 'banyan/testing'

const [clients = 10_000] = process.argv.slice(2).map(Number)
const ROUNDS = 5
/** Connections that are begun at a time: a listening socket has room for 511. */
const WAVE = 200
const WARM = '/api/v2/products/1000'

interface Shop {
  readonly child: ChildProcess
  readonly port: number
}

const postgres = await startTestPostgres()
const redis = await startTestRedis()
console.log(
  `${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, ${clients} clients`,
)
for (const withRedis of [false, true]) {
  const shops = [await open('one', withRedis), await open('two', withRedis)]
  await Promise.all(shops.map(untilKept))
  for (let round = 0; round < ROUNDS; round++) await measure(shops, { withRedis, id: String(1 + round) })
  for (const { child } of shops) {
    child.send('stop')
    await once(child, 'exit')
  }
}
await redis.stop()
await postgres.stop()

async function open(name: string, withRedis: boolean): Promise<Shop> {
  const environment = withRedis ? { REDIS_URL: redis.url } : {}
  const options = { postgres: { connection: postgres.connection }, name: `${name}-${withRedis}`, environment }
  const child = fork(join(import.meta.dirname, 'serve-shop.ts'), [JSON.stringify(options)])
  const [url] = (await once(child, 'message')) as [string]
  return { child, port: Number(new URL(url).port) }
}

async function measure(shops: readonly Shop[], { withRedis, id }: { withRedis: boolean; id: string }): Promise<void> {
  const sockets: Socket[] = []
  while (sockets.length < clients) {
    const wave = Array.from({ length: Math.min(WAVE, clients - sockets.length) }, (_, index) =>
      connect(shops[index % shops.length]!.port),
    )
    sockets.push(...(await Promise.all(wave)))
  }
  // A socket that says nothing for long is closed; and each client has been here before.
  await Promise.all(sockets.map((socket) => ask(socket, WARM)))
  const before = await Promise.all(shops.map(reached))
  const startedMs = performance.now()
  const statuses = await Promise.all(sockets.map((socket) => ask(socket, `/api/v2/products/${id}`)))
  const tookMs = performance.now() - startedMs
  const asked = (await Promise.all(shops.map(reached))).map((count, index) => count - before[index]!)
  for (const socket of sockets) socket.destroy()
  const good = statuses.filter((status) => status === '200').length
  const others = [...new Set(statuses)].filter((status) => status !== '200').join(', ')
  const sum = asked.reduce((total, count) => total + count, 0)
  console.log(
    `${withRedis ? 'with Redis' : 'memory only'}: ${good} of ${clients} answered 200${others && `, others ${others}`} in ${tookMs.toFixed(0)} ms; the service was asked ${asked.join(' + ')} times`,
  )
  const isOver = withRedis ? sum > 1 : asked.some((count) => count > 1)
  if (good < clients || isOver) process.exitCode = 1
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** The status of the answer, once all of it is here. */
function ask(socket: Socket, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const [head = '', body] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
      if (body === undefined || body.length < length) return
      socket.removeAllListeners()
      resolve(head.slice(9, 12))
    }
    socket.on('data', read)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`closed after ${text.length} bytes`)))
    socket.write(`GET ${path} HTTP/1.1\r\nhost: shop\r\n\r\n`)
  })
}

/** A process that has just begun still hears of what was before it, and keeps nothing that it may make old. */
async function untilKept({ port }: Shop): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}${WARM}`)
    await response.arrayBuffer()
    if (response.headers.get('x-cache')?.startsWith('l1-hit')) return
  }
}

/** Questions that its service was asked. */
async function reached({ child }: Shop): Promise<number> {
  child.send('reached')
  const [count] = (await once(child, 'message')) as [number]
  return count
}
