/**
 * Gateway → service, two processes on one core, the generator on another; all peers in turn, round by round, so that they meet the same
 * weather: `node bench/wires/run.ts [rounds] [seconds] [peer,peer …]`. Peers are installed into a folder of their own
 * outside the repository (BENCH_PEERS, default under the system's temporary folder) at the first run.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPeers } from '../install-peers.ts'
import { generate, type Measured } from './generate.ts'

const PACKAGES = [
  '@nestjs/core@12',
  '@nestjs/common@12',
  '@nestjs/microservices@12',
  '@nestjs/platform-fastify@12',
  'reflect-metadata',
  'rxjs',
  'undici',
  'moleculer@0.15',
  'fastify@5',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
]
const PATH = '/api/v2/products/1001'
/** The same answer, for nobody but user 42. */
const OWN_PATH = '/api/v2/users/42/products/1001'
const [SERVERS_CORE, GENERATOR_CORE] = ['0', '1']
const here = fileURLToPath(new URL('.', import.meta.url))
const peersFolder = process.env.BENCH_PEERS ?? join(tmpdir(), 'banyan-bench-wires')

interface Peer {
  readonly service: readonly string[]
  readonly gateway: readonly string[]
  /** Shows a token and asks for what is its own. */
  readonly hasToken?: boolean
}

/** Ours run as `banyan serve` does: with the flags of its first line. */
const flags = readFileSync(join(here, '../../packages/banyan/bin/banyan.js'), 'utf8')
  .split('\n', 1)[0]!
  .split(' ')
  .filter((word) => word.startsWith('--'))
const ours = (wire: string): Peer => ({
  service: [...flags, join(here, 'serve-service.ts'), wire],
  gateway: [...flags, join(here, 'serve-gateway.ts'), wire],
})
const theirs = (gateway: string, service = gateway): Peer => ({
  service: [...flags, join(peersFolder, `${service}-service.mjs`)],
  gateway: [...flags, join(peersFolder, `${gateway}-gateway.mjs`)],
})
const PEERS: Readonly<Record<string, Peer>> = {
  stream: ours('stream'),
  http: ours('http'),
  grpc: ours('grpc'),
  token: { ...ours('stream'), hasToken: true },
  nginx: theirs('nginx', 'http'),
  nest: theirs('nest'),
  moleculer: theirs('moleculer'),
  undici: theirs('undici', 'http'),
  'grpc-js': theirs('grpc'),
  bare: theirs('bare'),
}

interface Running {
  readonly name: string
  readonly port: number
  readonly path: string
  readonly token: string | null
  readonly gateway: ChildProcess
  readonly service: ChildProcess
}

interface Sample extends Measured {
  /** Processor time of a request, microseconds. */
  readonly gatewayMicros: number
  readonly serviceMicros: number
}

const [rounds = '5', seconds = '2', chosen = Object.keys(PEERS).join(','), at = '64'] = process.argv.slice(2)
const CONNECTIONS = at.split(',').map(Number)
execFileSync('taskset', ['-cp', GENERATOR_CORE, String(process.pid)])
installPeers({ folder: peersFolder, sources: join(here, 'peers'), packages: PACKAGES })
const samples = new Map<string, Sample[]>()
const running: Running[] = []
try {
  for (const name of chosen.split(',')) running.push(await start(name))
  await measureAll()
  report()
} finally {
  for (const { gateway, service } of running) for (const child of [gateway, service]) child.kill()
}

async function start(name: string): Promise<Running> {
  const peer = PEERS[name]!
  const service = await spawnServer(peer.service)
  const gateway = await spawnServer([...peer.gateway, service.line])
  const [url = '', token = ''] = gateway.line.split(' ')
  const port = Number(url.slice(url.lastIndexOf(':') + 1))
  const asked = peer.hasToken ? { path: OWN_PATH, token } : { path: PATH, token: null }
  return { name, port, ...asked, gateway: gateway.child, service: service.child }
}

async function spawnServer(args: readonly string[]) {
  const command = ['-c', SERVERS_CORE, process.execPath, ...args]
  const child = spawn('taskset', command, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, line: line.toString().trim() }
}

async function measureAll(): Promise<void> {
  for (const connections of CONNECTIONS) {
    for (const one of running) await measure(one, connections) // warms up
    for (let round = 0; round < Number(rounds); round++) {
      for (const one of running) {
        const key = `${one.name} ${connections}`
        samples.set(key, [...(samples.get(key) ?? []), await measure(one, connections)])
      }
    }
  }
}

async function measure({ port, path, token, gateway, service }: Running, connections: number): Promise<Sample> {
  const before = [gateway, service].map(processorMicros)
  const measured = await generate({ port, path, token, connections, seconds: Number(seconds) })
  const [gatewayMicros, serviceMicros] = [gateway, service].map(
    (child, index) => (processorMicros(child) - before[index]!) / measured.requests,
  )
  return { ...measured, gatewayMicros: gatewayMicros!, serviceMicros: serviceMicros! }
}

/** Of a process and its children (nginx is one), from /proc, in ticks of 10 ms. */
function processorMicros({ pid }: ChildProcess): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return [String(pid), ...children, ...children.flatMap(childrenOf)].reduce((sum, id) => sum + ticksOf(id), 0) * 10_000
}

function childrenOf(pid: string): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
}

function ticksOf(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function report(): void {
  console.log(
    `load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, medians of ${rounds} rounds of ${seconds} s\n`,
  )
  console.log('| connections | peer | requests/s | of ours | p50 ms | p99 ms | µs gateway | µs service | failed |')
  console.log('|---|---|---|---|---|---|---|---|---|')
  for (const connections of CONNECTIONS) {
    const best = medianOf(`${running[0]!.name} ${connections}`, 'perSecond')
    for (const { name } of running) {
      const of = (field: keyof Sample) => medianOf(`${name} ${connections}`, field)
      const ratio = (of('perSecond') / best).toFixed(2)
      const times = [of('p50Ms').toFixed(2), of('p99Ms').toFixed(2)]
      const micros = [of('gatewayMicros').toFixed(1), of('serviceMicros').toFixed(1)]
      console.log(`| ${[connections, name, of('perSecond'), ratio, ...times, ...micros, of('failed')].join(' | ')} |`)
    }
  }
}

function medianOf(key: string, field: keyof Sample): number {
  const values = samples.get(key)!.map((sample) => sample[field])
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
