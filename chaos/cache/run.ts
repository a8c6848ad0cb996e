/**
 * Three gateways that share a Redis which is killed, frozen, flushed, filled and cut off, readers and writers beside it:
 * `node chaos/cache/run.ts [reads]`. Wrong is: a writer that does not see its write, a session that goes back behind it, an answer older
 * than the bound, and at quiet anything kept that is not true. Ends with 1 when anything was.
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  createApplicationCache,
  createCachedOperation,
  createCircuit,
  createRedisClient,
  createRedisLayer,
  createSharedReads,
  NOTHING,
} from 'banyan/cache'
import { systemClock as clock, systemRandom as random } from 'banyan/core'
import { createMetrics, silentLogger } from 'banyan/observe'
import { startTestRedis } from 'banyan/testing'
import { createWorld } from './world.ts'

const [wanted = 1_000_000] = process.argv.slice(2).map(Number)
const PRODUCTS = 200
const FAULTS = 5
const MAX_AGE_MS = 1_000
/** What an answer may be behind: its age, and the way of a question. */
const BOUND_MS = MAX_AGE_MS + 100
const LOG = 'shop/0/1'
const operation = createCachedOperation('shop.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: ({ id }: { id: string }) => [`product-${id}`],
  application: { strategy: { kind: 'event', invalidatedBy: { 'shop.changed.v1': () => [] } }, maxAgeSeconds: 1 },
})

const redis = await startTestRedis()
const world = createWorld({ clock, random })
const wrong: string[] = []
const lags: number[] = []
const sources: Record<string, number> = {}
const faults: Record<string, number> = {}
let reads = 0
let isOver = false

const gateways = await Promise.all(Array.from({ length: 3 }, openGateway))
const startedMs = clock.monotonicMs()
const followers = gateways.map((gateway) => gateway.follow())
const actors = gateways.flatMap((gateway) => [
  ...Array.from({ length: 40 }, () => actReader(gateway)),
  ...Array.from({ length: 4 }, () => actWriter(gateway)),
])
await Promise.all([...actors, actFaults()])
isOver = true
await Promise.all(followers)
await checkQuiet()
report()
await Promise.all(gateways.map(({ client }) => client.stop()))
await redis.stop()

async function openGateway() {
  const client = await createRedisClient({ url: redis.url, logger: silentLogger })
  const metrics = createMetrics()
  const heard = { position: 0 }
  const known = () => ({ [LOG]: heard.position })
  const layer = createRedisLayer({ client, random })
  const circuit = createCircuit({ clock, metrics })
  const shared = createSharedReads({ layer, circuit, clock, random, maxKeptMs: MAX_AGE_MS, known })
  const cache = createApplicationCache({ clock, random, metrics, shared, known, maxBytes: 300_000 })
  /** Behind the log by up to 50 ms, as a follower is. */
  async function follow(): Promise<void> {
    cache.trust('shop')
    while (!isOver || heard.position < world.changes.length) {
      await pause(random.unit() * 50)
      for (const { position, id } of world.changes.slice(heard.position)) {
        heard.position = position
        cache.invalidate([`product-${id}`], { kind: 'event', log: LOG, position })
      }
    }
  }
  return { cache, client, follow }
}

type Gateway = Awaited<ReturnType<typeof openGateway>>

/** The version that a client is shown. */
async function read({ cache }: Gateway, id: string): Promise<number> {
  const asked = { operation, key: operation.keyOf({ id }), input: { id }, after: NOTHING }
  const askedMs = clock.monotonicMs()
  const entry = cache.find(asked, askedMs)
  const found = entry ? { entry, source: 'l1' } : await cache.load({ ...asked, fill: () => world.read(id) })
  reads += 1
  sources[found.source] = (sources[found.source] ?? 0) + 1
  const version = Number(found.entry.answer.versions!.slice(1))
  const least = world.leastAt(id, askedMs, BOUND_MS)
  if (version < least) wrong.push(`${found.source} showed ${version} of ${id}, older than the bound: ${least}`)
  return version
}

/** Reads hot products mostly, and many at a turn, as a busy gateway does. */
async function actReader(gateway: Gateway): Promise<void> {
  while (isGoing()) {
    for (let turn = 0; turn < 100; turn++) await read(gateway, draw())
    await pause(random.unit() * 4)
  }
}

/**
 * A client that talks to one gateway and shows no token: what it wrote it sees there, and never less again. What it has only read of
 * others' writes may be gone from memory when the shared layer has not heard of them yet; a token says that, and it shows none.
 */
async function actWriter(gateway: Gateway): Promise<void> {
  const written = new Map<string, number>()
  while (isGoing()) {
    const id = draw()
    const start = gateway.cache.beginWrite([`product-${id}`])
    const version = await world.write(id)
    const answer = { data: Buffer.from('{}'), versions: `p${version}`, changedAt: null }
    const brought = random.unit() < 0.5 ? gateway.cache.write({ operation, input: { id }, answer, start }) : null
    gateway.cache.invalidate([`product-${id}`], { kind: 'write', brought })
    written.set(id, version)
    const other = gateways[Math.floor(random.unit() * gateways.length)]!
    if (other !== gateway && random.unit() < 0.05) void measureLag(other, id, version)
    for (const [one, least] of written) {
      const shown = await read(gateway, one)
      if (shown < least) wrong.push(`a writer was shown ${shown} of ${one} after it had written ${least}`)
      if (written.size > 5) written.delete(one)
    }
    await pause(random.unit() * 40)
  }
}

/** From the writer's answer until another gateway shows it. */
async function measureLag(gateway: Gateway, id: string, version: number): Promise<void> {
  const fromMs = clock.monotonicMs()
  while ((await read(gateway, id)) < version) await pause(1)
  lags.push(clock.monotonicMs() - fromMs)
}

async function actFaults(): Promise<void> {
  const acts: Record<string, () => Promise<unknown>> = {
    killed: async () => (await redis.kill(), await pause(200), await redis.start()),
    frozen: async () => (redis.freeze(), await pause(400), redis.resume()),
    flushed: () => redis.command('FLUSHALL'),
    full: async () => {
      await redis.command('CONFIG', 'SET', 'maxmemory', '1')
      await pause(300)
      await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    },
    'cut off': () => redis.command('CLIENT', 'KILL', 'TYPE', 'normal'),
  }
  const names = Object.keys(acts)
  for (let turn = 0; isGoing(); turn++) {
    await pause(300)
    const name = names[turn % names.length]!
    await acts[name]!()
    faults[name] = (faults[name] ?? 0) + 1
  }
}

/** Everything has been heard of: whatever is shown is true. */
async function checkQuiet(): Promise<void> {
  for (const gateway of gateways) {
    for (let index = 0; index < PRODUCTS; index++) {
      const shown = await read(gateway, String(index))
      const truth = world.versionOf(String(index))
      if (shown !== truth) wrong.push(`at quiet ${shown} of ${index} was shown, true is ${truth}`)
    }
  }
}

/** Until enough has been read and every fault has happened. */
function isGoing(): boolean {
  return reads < wanted || Object.keys(faults).length < FAULTS
}

function draw(): string {
  return String(Math.floor(random.unit() ** 3 * PRODUCTS))
}

function report(): void {
  const seconds = ((clock.monotonicMs() - startedMs) / 1_000).toFixed(0)
  const at = (part: number) => lags.toSorted((a, b) => a - b)[Math.floor(lags.length * part)]?.toFixed(1)
  console.log(
    `${reads} reads and ${world.changes.length} writes in ${seconds} s; the service was asked ${world.reads} times`,
  )
  console.log(`answered from: ${describe(sources)}`)
  console.log(`faults of Redis: ${describe(faults)}`)
  console.log(
    `written to visible elsewhere: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1 - 1e-9)} ms of ${lags.length}`,
  )
  console.log(`wrong: ${wrong.length}`)
  for (const line of wrong.slice(0, 20)) console.log(`  ${line}`)
  if (wrong.length > 0) process.exitCode = 1
}

function describe(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
