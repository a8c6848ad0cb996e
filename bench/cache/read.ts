/**
 * One kept product through the whole gateway, against bare Fastify and NestJS on Fastify that send the same body, with the same headers
 * and with none of their own: `node bench/cache/read.ts [rounds] [seconds]`. Round by round, so that all meet the same weather. The
 * peers' packages are installed into a temp folder the first time (or into BENCH_PEERS).
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startTestRedis } from 'banyan/testing'
import { installPeers } from '../install-peers.ts'

const autocannon = createRequire(import.meta.url)('autocannon') as (options: object) => Promise<{
  readonly requests: { readonly average: number; readonly total: number }
  readonly latency: { readonly p99: number }
  readonly non2xx: number
}>

const [rounds = 7, seconds = 2] = process.argv.slice(2).map(Number)
const here = fileURLToPath(new URL('.', import.meta.url))
const peersFolder = process.env.BENCH_PEERS ?? join(tmpdir(), 'banyan-bench-cache')
const PACKAGES = [
  'fastify@5',
  '@nestjs/core@12',
  '@nestjs/common@12',
  '@nestjs/platform-fastify@12',
  'reflect-metadata',
  'rxjs',
]
const PATH = '/api/v2/products/1001'

interface Measured {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p99: number
}

interface Server {
  readonly name: string
  readonly child: ChildProcess
  readonly url: string
  readonly results: Measured[]
}

const gateway = await start('gateway, kept', [join(here, 'serve-gateway.ts')])
preparePeers(await describeAnswer(gateway.url))
const peer = (name: string, file: string, how: string) => start(name, [join(peersFolder, file), how])
const redis = await startTestRedis()
const servers = [
  gateway,
  await start('gateway, kept, shared limit', [join(here, 'serve-gateway.ts'), 'shared', redis.url]),
  await start('gateway, not kept', [join(here, 'serve-gateway.ts'), 'uncached']),
  await peer('Fastify, same headers', 'fastify.mjs', 'equal'),
  await peer('NestJS, same headers', 'nest.mjs', 'equal'),
  await peer('Fastify, its own headers', 'fastify.mjs', 'bare'),
  await peer('NestJS, its own headers', 'nest.mjs', 'bare'),
]
try {
  for (const server of servers) await measure(server)
  for (const { results } of servers) results.length = 0 // that was to warm up
  for (let round = 0; round < rounds; round++) for (const server of servers) await measure(server)
  report()
} finally {
  for (const { child } of servers) child.kill()
  await redis.stop()
}

async function start(name: string, argv: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { name, child, url: line.toString().trim(), results: [] }
}

/** What the gateway sends on a hit. */
async function describeAnswer(url: string) {
  await (await fetch(url + PATH)).text()
  const response = await fetch(url + PATH)
  const own = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !own.includes(name)))
  return { headers, body: (await response.json()) as unknown }
}

function preparePeers(answer: { readonly headers: object; readonly body: unknown }): void {
  installPeers({ folder: peersFolder, sources: join(here, 'peers'), packages: PACKAGES })
  const lines = Object.entries({ ...answer, schema: schemaOf(answer.body) }).map(
    ([name, value]) => `export const ${name} = ${JSON.stringify(value)}`,
  )
  writeFileSync(join(peersFolder, 'answer.mjs'), lines.join('\n'))
}

/** Such as somebody would write by hand for Fastify. */
function schemaOf(value: unknown): object {
  if (typeof value === 'string') return { type: 'string' }
  if (typeof value === 'number') return { type: 'integer' }
  if (typeof value === 'boolean') return { type: 'boolean' }
  const fields = Object.entries(value as object).map(([name, field]) => [name, schemaOf(field)])
  return { type: 'object', properties: Object.fromEntries(fields) }
}

async function measure({ child, url, results }: Server): Promise<void> {
  const before = await cpuMicros(child)
  const { requests, latency, non2xx } = await autocannon({ url: url + PATH, connections: 64, duration: seconds })
  if (non2xx > 0) throw new Error(`${non2xx} answers were no 2xx`)
  const cpu = (await cpuMicros(child)) - before
  results.push({ perSecond: requests.average, cpuMicros: cpu / requests.total, p99: latency.p99 })
}

async function cpuMicros(child: ChildProcess): Promise<number> {
  child.send('cpu')
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage]
  return user + system
}

function report(): void {
  console.log(
    `${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, ${rounds} rounds`,
  )
  const cpuOf = ({ results }: Server) => median(results.map((one) => one.cpuMicros))
  for (const server of servers) {
    const perSecond = Math.round(median(server.results.map((one) => one.perSecond)))
    const p99 = median(server.results.map((one) => one.p99))
    const share = (cpuOf(server) / cpuOf(gateway)).toFixed(2)
    // What else the machine does can only add to it.
    const least = Math.min(...server.results.map((one) => one.cpuMicros))
    const figures = `${String(perSecond).padStart(7)}/s  p99 ${p99} ms  ${cpuOf(server).toFixed(1)} µs CPU (least ${least.toFixed(1)})`
    console.log(`${server.name.padEnd(27)} ${figures}  the kept read is ${share} × as fast by CPU time`)
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
