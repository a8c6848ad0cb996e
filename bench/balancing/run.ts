/**
 * How calls are spread over real processes, by strategy: `node bench/balancing/run.ts [callsPerSecond] [seconds] [case]`. Three instances of a service
 * that work; then one of them fails in 1 ms; then all do, with and without the breaker, and what reaches them is compared with what was offered.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createCall } from 'banyan/contract'
import { systemClock as clock, systemRandom as random } from 'banyan/core'
import {
  createCredentials,
  createRemoteWire,
  createStaticDiscovery,
  loadTransport,
  type RemoteWireOptions,
} from 'banyan/mesh'
import { createMetrics, silentLogger as logger } from 'banyan/observe'
import { products, SECRET } from '../wires/contract.ts'

const [callsPerSecond = 1_000, seconds = 3] = process.argv.slice(2, 4).map(Number)
/** Only those whose name contains this. */
const only = process.argv[4] ?? ''
const SETTLE_SECONDS = 2
const TICK_MS = 10
const CASES = [
  ['all work', ['works', 'works', 'works']],
  ['one fails in 1 ms', ['fails', 'works', 'works']],
  ['all fail in 1 ms', ['fails', 'fails', 'fails']],
  ['all fail, no breaker', ['fails', 'fails', 'fails'], { breaker: { minCalls: 1_000_000 } }],
] as const
const strategies = ['round-robin', 'least-connections', 'ip-hash', 'p2c-ewma'] as const

interface Instance {
  readonly child: ChildProcess
  readonly address: string
}

console.log(`load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, ${callsPerSecond} calls/s\n`)
console.log('| instances | strategy | calls of each after 2 s | of the offered | failed |')
console.log('|---|---|---|---|---|')
for (const [name, modes, policy] of CASES.filter(([called]) => called.includes(only))) {
  const instances = await Promise.all(modes.map(start))
  try {
    for (const strategy of strategies)
      console.log(`| ${[name, strategy, ...(await measure(instances, { strategy, policy }))].join(' | ')} |`)
  } finally {
    for (const { child } of instances) child.kill()
  }
}

async function start(mode: string): Promise<Instance> {
  const file = fileURLToPath(new URL('serve-service.ts', import.meta.url))
  const child = spawn(process.execPath, [file, mode], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, address: line.toString().trim() }
}

interface Chosen {
  readonly strategy: (typeof strategies)[number]
  readonly policy: NonNullable<RemoteWireOptions['overrides']>['policy']
}

async function measure(instances: readonly Instance[], chosen: Chosen) {
  const transport = await loadTransport('stream', { contracts: [products], release: 'bench' })
  const credentials = createCredentials({ names: ['gateway'], secret: SECRET, clock })
  const discovery = createStaticDiscovery({ products: instances.map(({ address }) => address).join(',') })
  const metrics = createMetrics()
  const tools = { discovery, transport, credentials, clock, random, logger, metrics }
  const { strategy, policy } = chosen
  const wire = createRemoteWire({
    ...tools,
    contract: products,
    strategy,
    ...(policy ? { overrides: { policy } } : {}),
  })
  try {
    await offer(wire, SETTLE_SECONDS)
    const before = await countAll(instances)
    const { offered, failed } = await offer(wire, seconds)
    const reached = (await countAll(instances)).map((count, index) => count - before[index]!)
    const sum = reached.reduce((all, count) => all + count, 0)
    const shares = reached.map((count) => (sum === 0 ? '–' : `${((100 * count) / sum).toFixed(1)} %`)).join(', ')
    return [shares, (sum / offered).toFixed(2), failed]
  } finally {
    await wire.stop()
  }
}

/** At an even rate, whatever comes back: callers that wait for answers would spare a backend that is in trouble. */
async function offer(wire: ReturnType<typeof createRemoteWire>, forSeconds: number) {
  const startMs = clock.monotonicMs()
  const under: Promise<void>[] = []
  let failed = 0
  const total = callsPerSecond * forSeconds
  while (under.length < total) {
    const due = Math.min(total, ((clock.monotonicMs() - startMs) / 1_000) * callsPerSecond)
    while (under.length < due) under.push(callOnce(wire, under.length).catch(() => void failed++))
    await clock.sleep(TICK_MS)
  }
  await Promise.all(under)
  return { offered: under.length, failed }
}

async function callOnce(wire: ReturnType<typeof createRemoteWire>, number: number): Promise<void> {
  await wire.call(
    'products.getProduct',
    { productId: String(1_000 + number) },
    createCall({ key: null, timeoutMs: 2_000 }),
  )
}

function countAll(instances: readonly Instance[]): Promise<readonly number[]> {
  return Promise.all(
    instances.map(async ({ child }) => {
      child.send('count')
      const [count] = (await once(child, 'message')) as [number]
      return count
    }),
  )
}
