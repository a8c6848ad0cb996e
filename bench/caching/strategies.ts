import type { ApplicationCachePolicy } from 'banyan/contract'
import { systemClock } from 'banyan/core'
import { startTestRedis, type TestPostgres } from 'banyan/testing'
import { PRODUCT_EVENTS, PRODUCT_ROWS } from '../../packages/shop/src/products/cache-tags.ts'
import { logInAdmin, startBenchShop, type BenchShop } from './shops.ts'

/** What one round counted. */
export interface Round {
  readonly reads: number
  readonly reached: number
  readonly seconds: number
  readonly stale: number
  readonly worstMs: number
  readonly ownWritesMissed: number
  readonly writeMs: readonly number[]
}

export interface StrategyFigures {
  readonly name: string
  /** Part of the reads that no service was asked for. */
  readonly hitRate: number
  /** Reads that reached the database, a second. */
  readonly databaseReads: number
  /** Part of the reads that showed a price although a newer one had been answered to its writer before. */
  readonly staleRate: number
  readonly worstStalenessMs: number
  readonly writeP50Ms: number
  readonly writeP99Ms: number
  /** Of writers who read the product they had just changed. */
  readonly ownWritesMissed: number
}

const toRead = ({ id }: { readonly id: string }) => ({ productId: id })
const TTL_SECONDS = 4
const EVENT_SECONDS = 60

const byEvent: ApplicationCachePolicy = {
  maxAgeSeconds: EVENT_SECONDS,
  strategy: { kind: 'event', invalidatedBy: PRODUCT_EVENTS, rowOf: PRODUCT_ROWS },
}
const writeThrough: ApplicationCachePolicy = {
  maxAgeSeconds: EVENT_SECONDS,
  strategy: {
    kind: 'write-through',
    invalidatedBy: PRODUCT_EVENTS,
    rowOf: PRODUCT_ROWS,
    writtenBy: { changeProduct: toRead },
  },
}

interface Strategy {
  /** `null`: nothing is kept. */
  readonly product: ApplicationCachePolicy | null
  readonly withRedis?: true
}

/** Where no event ends a copy its age is the only bound, so it is kept for as long as one dares. */
export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  none: { product: null },
  [`ttl, ${TTL_SECONDS} s`]: { product: { maxAgeSeconds: TTL_SECONDS, strategy: { kind: 'ttl' } } },
  [`event, ${EVENT_SECONDS} s`]: { product: byEvent },
  [`write-through, ${EVENT_SECONDS} s`]: { product: writeThrough },
  'event, Redis': { product: byEvent, withRedis: true },
  'write-through, Redis': { product: writeThrough, withRedis: true },
}

const PRODUCTS = 1_000
const READS_A_SECOND = 400
const WRITES_A_SECOND = 8

export interface Measuring {
  readonly postgres: TestPostgres
  readonly seconds: number
}

/**
 * Two gateways over one database. Readers ask both; all writes go through the second, so that to readers of the first they are
 * somebody else's. Products are asked for, and changed, by Zipf's law.
 */
export async function measureRound(name: string, { postgres, seconds }: Measuring): Promise<Round> {
  const { product, withRedis = false } = STRATEGIES[name]!
  await using redis = withRedis ? await startTestRedis() : null
  const environment = { CACHE_MAX_BYTES: product ? '67108864' : '0', ...(redis ? { REDIS_URL: redis.url } : {}) }
  await using first = await startBenchShop({ postgres, name: 'first', product, environment })
  await using second = await startBenchShop({ postgres, name: 'second', product, environment })
  const shops = [first, second]
  const book = createPriceBook()
  const write = await createWriter(second, book)
  await drive({ rate: READS_A_SECOND, seconds: 2 }, () => read(shops, book))

  book.forget()
  const asked = () => total(shops, 'banyan_operation_seconds_count', { operation: 'products.getProduct' })
  const before = await asked()
  const writeMs: number[] = []
  const started = performance.now()
  await Promise.all([
    drive({ rate: READS_A_SECOND, seconds }, () => read(shops, book)),
    drive({ rate: WRITES_A_SECOND, seconds }, async () => void writeMs.push(await write())),
  ])
  const elapsed = (performance.now() - started) / 1_000
  const reached = (await asked()) - before
  return { ...book.totals(), reached, seconds: elapsed, writeMs }
}

/** Rounds of one strategy together. */
export function summarise(name: string, rounds: readonly Round[]): StrategyFigures {
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0)
  const writeMs = rounds.flatMap((round) => round.writeMs).toSorted((a, b) => a - b)
  const reads = sum((round) => round.reads)
  const reached = sum((round) => round.reached)
  return {
    name,
    hitRate: 1 - reached / (reads + writeMs.length), // each writer reads once
    databaseReads: reached / sum((round) => round.seconds),
    staleRate: sum((round) => round.stale) / reads,
    worstStalenessMs: Math.max(...rounds.map((round) => round.worstMs)),
    writeP50Ms: writeMs[Math.floor(writeMs.length * 0.5)]!,
    writeP99Ms: writeMs[Math.floor(writeMs.length * 0.99)]!,
    ownWritesMissed: sum((round) => round.ownWritesMissed),
  }
}

/** Calls in flight are not waited for before the next is begun: the rate is that of clients who do not know of each other. */
async function drive({ rate, seconds }: { rate: number; seconds: number }, call: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  const inFlight = new Set<Promise<void>>()
  for (let sent = 0; sent < rate * seconds; sent++) {
    const waitMs = startMs + (sent * 1_000) / rate - performance.now()
    if (waitMs > 0) await systemClock.sleep(waitMs)
    const calling = call().finally(() => inFlight.delete(calling))
    inFlight.add(calling)
    if (inFlight.size >= 256) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
}

/** What writers were answered, and when: by which readers are judged. */
function createPriceBook() {
  const written = new Map<string, { readonly price: number; readonly atMs: number }[]>()
  const counted = { reads: 0, stale: 0, worstMs: 0, ownWritesMissed: 0 }
  return {
    wrote: (id: string, price: number) =>
      void (written.get(id) ?? written.set(id, []).get(id)!).push({ price, atMs: performance.now() }),
    /** A read that began at `askedAtMs`. What is shown may be newer than what has been answered. */
    saw(id: string, price: number, askedAtMs: number) {
      counted.reads += 1
      const missed = (written.get(id) ?? []).find((entry) => entry.price > price && entry.atMs < askedAtMs)
      if (!missed) return
      counted.stale += 1
      counted.worstMs = Math.max(counted.worstMs, askedAtMs - missed.atMs)
    },
    missedOwnWrite: () => void counted.ownWritesMissed++,
    forget: () => Object.assign(counted, { reads: 0, stale: 0, worstMs: 0, ownWritesMissed: 0 }),
    totals: () => ({ ...counted }),
  }
}

type PriceBook = ReturnType<typeof createPriceBook>

let turn = 0

async function read(shops: readonly BenchShop[], book: PriceBook): Promise<void> {
  const id = pickProduct()
  const askedAtMs = performance.now()
  const price = await priceOf(shops[turn++ % shops.length]!, id)
  book.saw(id, price, askedAtMs)
}

async function priceOf(shop: BenchShop, id: string): Promise<number> {
  const response = await fetch(`${shop.url}/api/v2/products/${id}`)
  if (response.status === 503) return priceOf(shop, id) // the machine is full: as a client would, once more
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  const { data } = (await response.json()) as { readonly data: { readonly price: { readonly amountMinor: number } } }
  return data.price.amountMinor
}

/** Changes one price after the other, each higher than all before, and reads it back. */
async function createWriter(shop: BenchShop, book: PriceBook): Promise<() => Promise<number>> {
  const headers = await logInAdmin(shop.url)
  let amountMinor = Math.floor(systemClock.now() / 1_000) - 1_700_000_000 // above that of every earlier run
  return async () => {
    const [id, price] = [pickProduct(), { amountMinor: amountMinor++, currency: 'USD' }]
    const body = JSON.stringify({ name: `Product ${id}`, price })
    const startedMs = performance.now()
    const init = { method: 'PUT', headers, body }
    const response = await fetch(`${shop.url}/api/v2/products/${id}`, init)
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    const tookMs = performance.now() - startedMs
    book.wrote(id, price.amountMinor)
    if ((await priceOf(shop, id)) < price.amountMinor) book.missedOwnWrite()
    return tookMs
  }
}

let seed = 42

/** By Zipf's law: the first of 1,000 is asked for in one of ten reads. The same products in each run. */
function pickProduct(): string {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return String(Math.floor(PRODUCTS ** (seed / 2_147_483_648)))
}

async function total(shops: readonly BenchShop[], name: string, labels: Readonly<Record<string, string>>) {
  const counts = await Promise.all(shops.map((shop) => shop.count(name, labels)))
  return counts.reduce((sum, count) => sum + count, 0)
}
