/**
 * What a read costs that finds nothing kept, beside the same read with the cache switched off: through the gateway alone (its service
 * answers from memory, so that nothing hides the difference), and through the whole shop over PostgreSQL. Each reader asks for the next of
 * 1,000 products, and the memory holds some twenty: every read misses, fills and pushes another out. Round by round, interleaved:
 * `node bench/cache/miss.ts [rounds] [seconds]`.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { startTestPostgres } from 'banyan/testing'

const autocannon = createRequire(import.meta.url)('autocannon') as (options: object) => Promise<{
  readonly requests: { readonly average: number; readonly total: number }
  readonly non2xx: number
}>

const [rounds = 5, seconds = 2] = process.argv.slice(2).map(Number)
const PRODUCTS = 1_000
const CONNECTIONS = 64

interface Server {
  readonly name: string
  readonly child: ChildProcess
  readonly url: string
  readonly perSecond: number[]
  readonly cpuMicros: number[]
}

const postgres = await startTestPostgres()
const servers = [
  await startGateway('gateway, cache off', 'uncached'),
  await startGateway('gateway, each a miss', 'missing'),
  await startShop('shop, cache off', '0'),
  await startShop('shop, each a miss', '65536'),
]
try {
  for (const server of servers) await measure(server)
  for (const { perSecond, cpuMicros } of servers) perSecond.length = cpuMicros.length = 0 // that was to warm up
  // There and back, so that what grows favours none.
  for (let round = 0; round < rounds; round++) {
    for (const server of round % 2 ? servers.toReversed() : servers) await measure(server)
  }
  report()
} finally {
  for (const { child } of servers) child.kill()
  await postgres.stop()
}

async function startGateway(name: string, how: string): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'serve-gateway.ts'), [how], { silent: true })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { name, child, url: line.toString().trim(), perSecond: [], cpuMicros: [] }
}

async function startShop(name: string, maxBytes: string): Promise<Server> {
  const environment = { CACHE_MAX_BYTES: maxBytes }
  const options = { postgres: { connection: postgres.connection }, name: `miss-${maxBytes}`, environment }
  const child = fork(join(import.meta.dirname, 'serve-shop.ts'), [JSON.stringify(options)])
  const [url] = (await once(child, 'message')) as [string]
  return { name, child, url, perSecond: [], cpuMicros: [] }
}

async function measure({ child, url, perSecond, cpuMicros }: Server): Promise<void> {
  let next = 0
  const setupRequest = (request: object) => ({ ...request, path: `/api/v2/products/${1 + (next++ % PRODUCTS)}` })
  const before = await askCpu(child)
  const done = await autocannon({ url, connections: CONNECTIONS, duration: seconds, requests: [{ setupRequest }] })
  if (done.non2xx > 0) throw new Error(`${done.non2xx} answers were no 2xx`)
  cpuMicros.push(((await askCpu(child)) - before) / done.requests.total)
  perSecond.push(done.requests.average)
}

async function askCpu(child: ChildProcess): Promise<number> {
  child.send('cpu')
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage]
  return user + system
}

function report(): void {
  const load = loadavg()[0]!.toFixed(1)
  console.log(
    `${availableParallelism()} cores, load ${load}, Node ${process.version}, ${rounds} rounds of ${seconds} s`,
  )
  for (const { name, perSecond, cpuMicros } of servers) {
    const figures = `${median(perSecond).toFixed(0).padStart(7)}/s  ${median(cpuMicros).toFixed(1)} µs CPU (least ${Math.min(...cpuMicros).toFixed(1)})`
    console.log(`${name.padEnd(24)} ${figures}`)
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
