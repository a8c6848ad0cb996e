/**
 * So many clients on sockets of their own ask two shops for one product that neither has read: how often the service is asked, without
 * Redis and with. `node bench/cache/cold.ts [clients]`. Needs two file descriptors a client: `ulimit -n`. Ends with 1 when it is asked more
 * than once a process, with Redis more than once in all.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { startTestPostgres, startTestRedis } from 'banyan/testing'
import { connectLean, requestText, type LeanConnection } from '../lean-connection.ts'

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
  const connections: LeanConnection[] = []
  while (connections.length < clients) {
    const wave = Array.from({ length: Math.min(WAVE, clients - connections.length) }, (_, index) =>
      connectLean(shops[index % shops.length]!.port),
    )
    connections.push(...(await Promise.all(wave)))
  }
  // A socket that says nothing for long is closed; and each client has been here before.
  await askAll(connections, WARM)
  const before = await Promise.all(shops.map(reached))
  const startedMs = performance.now()
  const statuses = await askAll(connections, `/api/v2/products/${id}`)
  const tookMs = performance.now() - startedMs
  const asked = (await Promise.all(shops.map(reached))).map((count, index) => count - before[index]!)
  for (const connection of connections) connection.close()
  const good = statuses.filter((status) => status === 200).length
  const others = [...new Set(statuses)].filter((status) => status !== 200).join(', ')
  const sum = asked.reduce((total, count) => total + count, 0)
  console.log(
    `${withRedis ? 'with Redis' : 'memory only'}: ${good} of ${clients} answered 200${others && `, others ${others}`} in ${tookMs.toFixed(0)} ms; the service was asked ${asked.join(' + ')} times`,
  )
  const isOver = withRedis ? sum > 1 : asked.some((count) => count > 1)
  if (good < clients || isOver) process.exitCode = 1
}

function askAll(connections: readonly LeanConnection[], path: string): Promise<number[]> {
  const request = requestText({ method: 'GET', path, headers: {} })
  return Promise.all(connections.map((connection) => connection.ask(request)))
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
