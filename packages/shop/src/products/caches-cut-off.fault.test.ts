import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startClientLink, type TcpProxy } from 'banyan/chaos'
import { systemClock as clock } from 'banyan/core'
import type { LogSource } from 'banyan/log'
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

/** What the contract allows: the age of a copy. */
const BOUND_MS = 4_000
/** A follower that hears nothing for so long believes nothing of before. */
const LOST_MS = 1_500
const PRODUCTS = 20
const CHANGES = 8
const READERS = 16
/** Once for each product and each change, at either gateway; as much again for what ends by age, or is read early. */
const MOST_REACHED = 2 * 2 * (PRODUCTS + CHANGES)
/** So many that a gateway without its copies would ask the database too often. */
const READS_AT_LEAST = 2 * MOST_REACHED

/** Two gateways: one writes and sees everything, the other has its Redis behind a link that breaks, and a log that falls silent. */
describe('a gateway whose Redis or log is in trouble', () => {
  let postgres: TestPostgres
  let redis: TestRedis
  let link: TcpProxy
  let one: ShopFixture
  let two: ShopFixture
  let admin = ''
  const log = createSilentLog()

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    redis = await startTestRedis()
    link = await startClientLink(() => redis.url, clock)
    one = await startShop({ postgres, name: 'one', environment: { REDIS_URL: redis.url } })
    const environment = { REDIS_URL: `redis://127.0.0.1:${link.port}` }
    two = await startShop({ postgres, name: 'two', environment, wrapLog: log.wrap })
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(one.admin) }
    const response = await fetch(`${one.url}/api/v2/sessions`, init)
    admin = ((await response.json()) as { data: { accessToken: string } }).data.accessToken
  })
  after(async () => {
    log.speak()
    await one?.stop()
    await two?.stop()
    await link?.stop()
    await redis?.stop()
    await postgres?.stop()
  })

  interface Trouble {
    readonly begin: () => unknown
    readonly end: () => unknown
    /** Something came of it. */
    readonly proof?: () => unknown
  }
  const linkIs = (state: Parameters<TcpProxy['set']>[0]): Trouble => ({
    begin: () => link.set(state),
    end: () => link.set('sound'),
    proof: () => assert.ok(link.harmed > 0, 'nothing passed the broken link'),
  })
  const troubles: Readonly<Record<string, Trouble>> = {
    slow: linkIs('slow'),
    'cut off without a word': linkIs('silent'),
    'deaf: it hears and does not answer': linkIs('no-answers'),
    'cut off in the middle of answers': linkIs('reset'),
    full: {
      begin: () => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
      end: () => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
    },
    'flushed again and again': flushing(() => redis.command('FLUSHALL')),
    killed: { begin: () => redis.kill(), end: () => redis.start() },
  }
  for (const [what, { begin, end, proof }] of Object.entries(troubles)) {
    test(`Redis ${what}, and back: nothing fails, nothing is older than the bound, the database is spared`, async (context) => {
      await begin()
      const seen = await work()
      await proof?.()
      await end()
      context.diagnostic(
        `${seen.reads} reads, ${seen.reached} reached the database; oldest ${seen.worstMs.toFixed(0)} ms`,
      )
      assert.deepEqual([seen.failed, seen.ownWritesMissed], [0, 0])
      assert.ok(seen.worstMs < BOUND_MS, `${seen.worstMs} ms old`)
      assert.ok(
        seen.reached <= MOST_REACHED,
        `${seen.reached} of ${seen.reads} reads reached the database, at most ${MOST_REACHED} may`,
      )
      await untilShared()
    })
  }

  test('the log falls silent: what was kept is believed no longer, and changes show within the bound; then it speaks again', async () => {
    await untilKept('31')
    await untilKept('32')
    log.fallSilent()
    const cutMs = performance.now()
    await change('31', 4_711)
    const emptied = untilCache('32', /^miss/)
    await untilPrice('31', 4_711)
    assert.ok(performance.now() - cutMs < BOUND_MS, 'a change showed later than the bound')
    // Long before its age would have ended it.
    assert.ok((await emptied) - cutMs < LOST_MS + 1_000, 'the memory was not emptied')
    await change('31', 4_712)
    await untilPrice('31', 4_712)
    log.speak()
    await untilKept('31')
    const changedMs = performance.now()
    await change('31', 4_713)
    await untilPrice('31', 4_713)
    assert.ok(performance.now() - changedMs < LOST_MS, 'the log is not followed again')
  })

  /** Readers of the troubled gateway, and somebody who changes prices at the other and looks at once. */
  async function work() {
    const written = new Map<string, { price: number; atMs: number }[]>()
    const before = await reached()
    let [reads, failed, worstMs, ownWritesMissed] = [0, 0, 0, 0]
    let isChanged = false
    const readers = Array.from({ length: READERS }, async () => {
      while (!isChanged || reads < READS_AT_LEAST) {
        const id = String(1 + (reads++ % PRODUCTS))
        const askedMs = performance.now()
        const { status, price } = await read(two, id)
        if (status !== 200) failed += 1
        const missed = written.get(id)?.find((one) => one.price > price && one.atMs < askedMs)
        if (missed) worstMs = Math.max(worstMs, askedMs - missed.atMs)
      }
    })
    for (let index = 0; index < CHANGES; index++) {
      const id = String(1 + index)
      const price = nextPrice()
      await change(id, price)
      written.set(id, [...(written.get(id) ?? []), { price, atMs: performance.now() }])
      if ((await read(one, id)).price < price) ownWritesMissed += 1
      await pause(100)
    }
    isChanged = true
    await Promise.all(readers)
    return { reads, failed, worstMs, ownWritesMissed, reached: (await reached()) - before }
  }

  /** Questions that services were asked. */
  async function reached(): Promise<number> {
    const texts = await Promise.all([one, two].map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
    const line = /^banyan_cache_fills_total\{[^}]*products\.getProduct[^}]*\} (\d+)/m
    return texts.reduce((sum, text) => sum + Number(line.exec(text)?.[1] ?? 0), 0)
  }

  let last = 10_000
  const nextPrice = () => (last += 1)

  async function read({ url }: ShopFixture, id: string) {
    const response = await fetch(`${url}/api/v2/products/${id}`)
    const { data } = (await response.json()) as { data?: { price: { amountMinor: number } } }
    return { status: response.status, cache: response.headers.get('x-cache')!, price: data?.price.amountMinor ?? 0 }
  }

  async function change(id: string, amountMinor: number) {
    const body = JSON.stringify({ name: `Product ${id}`, price: { amountMinor, currency: 'USD' } })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin}` }
    const response = await fetch(`${one.url}/api/v2/products/${id}`, { method: 'PUT', headers, body })
    assert.equal(response.status, 200, await response.text())
  }

  async function until(what: string, isSo: () => Promise<boolean>): Promise<number> {
    const endMs = performance.now() + 20_000
    while (!(await isSo())) {
      assert.ok(performance.now() < endMs, `${what}: not within 20 s`)
      await pause(5)
    }
    return performance.now()
  }
  const untilCache = (id: string, wanted: RegExp) =>
    until(`${id} ${wanted}`, async () => wanted.test((await read(two, id)).cache))
  const untilKept = (id: string) => untilCache(id, /^l1-hit/)
  const untilPrice = (id: string, price: number) =>
    until(`${id} at ${price}`, async () => (await read(two, id)).price === price)
  /** Redis is asked again: what the one has read the other takes from there. */
  const untilShared = () =>
    until('taken from Redis', async () => {
      const id = String(100 + (nextPrice() % 800))
      await read(one, id)
      await pause(20)
      return (await read(two, id)).cache.startsWith('l2-hit')
    })
})

function flushing(flush: () => Promise<unknown>) {
  let timer: NodeJS.Timeout | undefined
  return { begin: () => void (timer = setInterval(() => void flush(), 20)), end: () => clearInterval(timer) }
}

/** A log that answers nobody while it is silent, as behind a cable that is pulled. */
function createSilentLog() {
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const wrap = (source: LogSource): LogSource => ({
    ...source,
    read: async (...asked) => (await gate.promise, source.read(...asked)),
    watermark: async () => (await gate.promise, source.watermark()),
  })
  return { wrap, fallSilent: () => void (gate = Promise.withResolvers()), speak: () => gate.resolve() }
}
