/**
 * Two shops in processes of their own, over one real PostgreSQL and one Redis; in turn a shop or PostgreSQL is killed (-9) and started
 * again, and Redis is killed, frozen, flushed, filled up and cut off. Readers and writers beside it: `node chaos/cache/processes.ts [reads] [bound in ms]`. Wrong is: an
 * answer older than its bound, a writer that does not see its write (with its token, at either shop), a price that nobody sent, and at
 * quiet anything that is not what PostgreSQL says. Ends with 1 when anything was.
 */
import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import { availableParallelism, loadavg } from 'node:os'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { systemRandom as random } from 'banyan/core'
import { startTestPostgres, startTestRedis, until } from 'banyan/testing'
import { ADMIN } from '../../bench/caching/shops.ts'
import { startKilledShop, type KilledShop } from './killed-shop.ts'
import { createPriceBook } from './price-book.ts'

/** Bound: what the contract allows, and the way of a question on a busy machine. What is shown while nobody else can answer is marked as stale. */
const [wanted = 1_000_000, boundMs = 4_000 + 1_000] = process.argv.slice(2).map(Number)
const PRODUCTS = 100
const READERS = 48
const WRITERS = 4
/** After that everything must be as the database says. */
const QUIET_MS = 5_000

const postgres = await startTestPostgres()
const redis = await startTestRedis()
const first = await startKilledShop({ name: 'one', postgres, redis })
const shops = [first, await startKilledShop({ name: 'two', postgres, redis })]
const agent = new Agent({ keepAlive: true })
const book = createPriceBook()
const counts = { reads: 0, unanswered: 0, writes: 0, ownReads: 0 }
const sources: Record<string, number> = {}
const faults: Record<string, number> = {}
const wrong: string[] = []
let oldestMs = 0
let lastPrice = 1_000_000

const FAULTS: Readonly<Record<string, () => Promise<unknown>>> = {
  'first shop killed': () => killAndStart(shops[0]!),
  'Redis killed': async () => (await redis.kill(), await pause(200), await redis.start()),
  'Redis frozen': async () => (redis.freeze(), await pause(400), redis.resume()),
  'second shop killed': () => killAndStart(shops[1]!),
  'PostgreSQL killed': killPostgres,
  'Redis flushed': () => redis.command('FLUSHALL'),
  'Redis full': async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await pause(300)
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  },
  'Redis cut off': () => redis.command('CLIENT', 'KILL', 'TYPE', 'normal'),
}
const TRUTH = 'SELECT id, price_minor FROM products.products WHERE id <= $1'

const startedMs = performance.now()
const token = await logIn()
await Promise.all([
  ...Array.from({ length: READERS }, (_, index) => actReader(shops[index % 2]!)),
  ...Array.from({ length: WRITERS }, (_, index) => actWriter(index)),
  actFaults(),
])
await checkQuiet()
report()
agent.destroy()
await Promise.all(shops.map((shop) => shop.stop()))
await redis.stop()
await postgres.stop()

function isGoing(): boolean {
  return counts.reads < wanted || Object.keys(faults).length < Object.keys(FAULTS).length
}

async function actReader(shop: KilledShop): Promise<void> {
  while (isGoing()) {
    const id = draw()
    const askedMs = performance.now()
    const shown = await read(shop, id)
    if (shown === null) continue
    counts.reads += 1
    const [source = ''] = shown.cache.split(/[;]/)
    sources[source] = (sources[source] ?? 0) + 1
    if (source === 'stale') continue
    if (shown.price > book.most(id)) wrong.push(`${shown.price} of ${id} was shown, which nobody had sent`)
    const least = book.least(id, askedMs, boundMs)
    if (shown.price < least) wrong.push(`${shown.cache}: ${shown.price} of ${id}, older than the bound: ${least}`)
    if (shown.price < book.least(id, askedMs, 0)) oldestMs = Math.max(oldestMs, staleMs(id, shown.price, askedMs))
  }
}

/** How long ago the first write was answered that the read should have shown, to within 10 ms. */
function staleMs(id: string, price: number, askedMs: number): number {
  let ms = 0
  while (ms < boundMs && book.least(id, askedMs, ms) > price) ms += 10
  return ms
}

/** Each has products of its own: a change whose answer was lost is followed by a higher price. */
async function actWriter(writer: number): Promise<void> {
  while (isGoing()) {
    const id = String(1 + writer + WRITERS * Math.floor(random.unit() * (PRODUCTS / WRITERS)))
    const price = (lastPrice += 1)
    book.sent(id, price)
    const at = shops[Math.floor(random.unit() * 2)]!
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ name: `Product ${id}`, price: { amountMinor: price, currency: 'USD' } })
    const answer = await ask(at, `/api/v2/products/${id}`, { method: 'PUT', headers, body })
    if (answer?.status !== 200) continue
    counts.writes += 1
    book.answered(id, price, performance.now())
    const seen = { 'consistency-token': String(answer.headers['consistency-token']) }
    for (const shop of shops) {
      const shown = await read(shop, id, seen)
      if (shown === null) continue
      counts.ownReads += 1
      if (shown.price < price) wrong.push(`${shown.cache}: a writer was shown ${shown.price} of ${id} after ${price}`)
    }
    await pause(random.unit() * 40)
  }
}

async function killAndStart(shop: KilledShop): Promise<void> {
  await shop.kill()
  await shop.start()
}

/** It is started again, recovers from its log, and the shops find it by themselves. */
async function killPostgres(): Promise<void> {
  const { embedded } = postgres
  const killed = embedded.processId
  process.kill(killed, 'SIGKILL')
  await until(() => embedded.processId !== killed, 'PostgreSQL was started again')
}

async function actFaults(): Promise<void> {
  const names = Object.keys(FAULTS)
  for (let turn = 0; isGoing(); turn++) {
    await pause(700)
    const name = names[turn % names.length]!
    await FAULTS[name]!()
    faults[name] = (faults[name] ?? 0) + 1
  }
}

/** Everything has been told of: after the bound whatever is shown is what the database says, to whoever goes past all copies. */
async function checkQuiet(): Promise<void> {
  await pause(QUIET_MS)
  const database = new pg.Client(postgres.connection)
  await database.connect()
  const { rows } = await database.query<{ id: string; price_minor: string }>(TRUTH, [PRODUCTS])
  await database.end()
  if (rows.length !== PRODUCTS) throw new Error(`the database has ${rows.length} of ${PRODUCTS} products`)
  for (const shop of shops) {
    for (const { id, price_minor: truth } of rows) {
      const shown = await read(shop, id)
      if (shown?.price !== Number(truth)) wrong.push(`at quiet ${shown?.price} of ${id} was shown, true is ${truth}`)
    }
  }
}

async function read(shop: KilledShop, id: string, headers: Record<string, string> = {}) {
  const answer = await ask(shop, `/api/v2/products/${id}`, { headers })
  if (answer?.status !== 200) return (await pause(20), null)
  return { price: Number(/"amountMinor":(\d+)/.exec(answer.body)![1]), cache: String(answer.headers['x-cache']) }
}

interface Asked {
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** `null`: nobody answered. */
function ask({ url }: KilledShop, path: string, { method = 'GET', headers, body }: Asked): Promise<Answered | null> {
  return new Promise((resolve) => {
    const fail = () => {
      counts.unanswered += 1
      resolve(null)
    }
    const asking = request(url + path, { agent, method, headers, timeout: 10_000 }, (answer) => {
      textOf(answer).then((text) => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }), fail)
    })
    asking.once('timeout', () => asking.destroy(new Error('timed out')))
    asking.once('error', fail)
    asking.end(body)
  })
}

async function logIn(): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await ask(first, '/api/v2/sessions', { method: 'POST', headers, body: JSON.stringify(ADMIN) })
  return (JSON.parse(answer!.body) as { data: { accessToken: string } }).data.accessToken
}

function draw(): string {
  return String(1 + Math.floor(random.unit() ** 2 * PRODUCTS))
}

function report(): void {
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0)
  const describe = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  console.log(
    `${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}: ${counts.reads} reads, ${counts.writes} writes and ${counts.ownReads} reads of one's own in ${seconds} s; ${counts.unanswered} questions unanswered`,
  )
  console.log(`answered from: ${describe(sources)}`)
  console.log(`faults: ${describe(faults)}`)
  console.log(`oldest answer shown: ${oldestMs} ms after a newer price had been answered to its writer`)
  console.log(`wrong: ${wrong.length}`)
  for (const line of wrong.slice(0, 20)) console.log(`  ${line}`)
  if (wrong.length > 0) process.exitCode = 1
}
