/**
 * The gateway against bare Fastify on the same answer, interleaved so that both meet the same weather:
 * `node bench/gateway/run.ts [rounds] [seconds]`. Prints requests per second, p99 and the server's CPU time a request, which
 * says the same on a machine that does other things beside.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism, loadavg } from 'node:os'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

interface Measured {
  readonly requests: { readonly average: number }
  readonly latency: { readonly p99: number }
  readonly non2xx: number
  readonly cpuMicros: number
}

const autocannon = createRequire(import.meta.url)('autocannon') as (
  options: object,
) => Promise<Omit<Measured, 'cpuMicros'> & { readonly requests: { readonly total: number } }>
const [rounds = 5, seconds = 4] = process.argv.slice(2).map(Number)
const servers = ['fastify', 'gateway', 'gateway with a token'] as const
const runs = new Map(servers.map((server) => [server, [] as Measured[]]))

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const fastify = await startServer('fastify')
const { token, ...gateway } = await startServer('gateway')
const running = new Map<string, Running>([
  ['fastify', fastify],
  ['gateway', gateway],
  ['gateway with a token', { ...gateway, headers: { authorization: `Bearer ${token}` } }],
])
try {
  await measureAll()
  report()
} finally {
  for (const { child } of [fastify, gateway]) child.kill()
}

async function measureAll(): Promise<void> {
  for (const server of servers) await measure(running.get(server)!) // warms up
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) runs.get(server)!.push(await measure(running.get(server)!))
  }
}

async function startServer(server: string): Promise<Running & { readonly token: string }> {
  const file = fileURLToPath(new URL(`serve-${server}.ts`, import.meta.url))
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const [url = '', token = ''] = line.toString().trim().split(' ')
  return { child, url, token, headers: {} }
}

async function measure({ child, url, headers }: Running): Promise<Measured> {
  const before = await cpuMicros(child)
  const result = await autocannon({ url: `${url}/api/v2/products/1001`, headers, connections: 64, duration: seconds })
  return { ...result, cpuMicros: ((await cpuMicros(child)) - before) / result.requests.total }
}

async function cpuMicros(child: ChildProcess): Promise<number> {
  child.send('cpu')
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage]
  return user + system
}

function report(): void {
  console.log(`${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}`)
  for (const server of servers) {
    const results = runs.get(server)!
    const rates = results.map(({ requests }) => Math.round(requests.average)).join(' ')
    const p99 = median(results.map(({ latency }) => latency.p99))
    const failed = results.reduce((sum, { non2xx }) => sum + non2xx, 0)
    const summary = `median ${rateOf(server)}/s, ${cpuOf(server).toFixed(1)} µs CPU, p99 ${p99} ms, not 2xx ${failed}`
    console.log(`${server.padEnd(20)} ${rates}: ${summary}`)
  }
  for (const server of servers.slice(1)) {
    const byRate = rateOf(server) / rateOf('fastify')
    const byCpu = cpuOf('fastify') / cpuOf(server)
    console.log(`${server} / fastify: ${byRate.toFixed(2)} by requests, ${byCpu.toFixed(2)} by CPU time`)
  }
}

type Server = (typeof servers)[number]

function rateOf(server: Server): number {
  return Math.round(median(runs.get(server)!.map(({ requests }) => requests.average)))
}

function cpuOf(server: Server): number {
  return median(runs.get(server)!.map((result) => result.cpuMicros))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
