import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { isDeclared } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, storedEvent, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { products } from '../contract.ts'
import { productsService } from '../service.ts'

// The same over the database that stock-book.property.test.ts shows of the book alone: what load reads, save writes.

let postgres: TestPostgres
let shop: ServiceFixture<typeof products>
let run = 0

before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  shop = await startService(productsService, { postgres })
})

after(async () => {
  await shop[Symbol.asyncDispose]()
  await postgres.stop()
})

const order = fc.integer({ min: 0, max: 5 })
const line = fc.record({ product: fc.integer({ min: 0, max: 2 }), quantity: fc.integer({ min: 1, max: 4 }) })
const round = fc.record({
  reserve: fc.array(fc.record({ order, lines: fc.array(line, { minLength: 1, maxLength: 3 }) }), { maxLength: 8 }),
  sell: fc.array(order, { maxLength: 4 }),
  release: fc.array(order, { maxLength: 4 }),
})
type Round = typeof round extends fc.Arbitrary<infer Value> ? Value : never

test('rounds of reservations, sales and releases: as batches and one by one they leave the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4, size: 'max' }), async (rounds) => {
      const batched = await play(rounds, (calls) => Promise.all(calls.map((call) => call())))
      const alone = await play(rounds, async (calls) => {
        const answers = []
        for (const call of calls) answers.push(await call())
        return answers
      })
      assert.deepEqual(batched, alone)
      const { data } = await shop.call('audit', {})
      assert.deepEqual(
        data.findings.flatMap(({ rows }) => rows),
        [],
      )
    }),
    { numRuns: 20, interruptAfterTimeLimit: 3_000 },
  )
})

type Calls = readonly (() => Promise<unknown>)[]

/** Plays the rounds over products and orders of their own; the answers and what is left in the tables, by small names. */
async function play(rounds: readonly Round[], all: (calls: Calls) => Promise<unknown[]>) {
  run += 1
  const productIds = await Promise.all([5, 10, 20].map(addProduct))
  const orderIds = Array.from({ length: 6 }, (_, index) => `ord_42_${String(run * 10 + index).padStart(16, '0')}`)
  const answers: unknown[] = []
  for (const { reserve, sell, release } of rounds) {
    const reservations = reserve.map(({ order: at, lines }) => () => {
      const items = lines.map(({ product, quantity }) => ({ productId: productIds[product]!, quantity }))
      return outcome(shop.call('reserveStock', { orderId: orderIds[at]!, userId: '42', items }))
    })
    answers.push(await all(reservations))
    const events = sell.map((at) => storedEvent('orders.order-confirmed.v1', orderIds[at]!, { orderId: orderIds[at] }))
    await shop.deliver('products.sell-reserved', events)
    answers.push(
      await all(
        release.map((at) => () => outcome(shop.call('releaseStock', { orderId: orderIds[at]!, userId: '42' }))),
      ),
    )
  }
  const left = await Promise.all([shop.database.query(LEVELS, [productIds]), shop.database.query(STATES, [orderIds])])
  return rename({ answers, left }, [...productIds, ...orderIds])
}

async function addProduct(onHand: number): Promise<string> {
  const price = { amountMinor: 100, currency: 'USD' as const }
  return (await shop.call('createProduct', { name: 'Thing', price, onHand })).data.id
}

/** The data of an answer or the code of a refusal. */
function outcome(call: Promise<{ readonly data: unknown }>): Promise<unknown> {
  return call.then(
    ({ data }) => data,
    (error: unknown) => (isDeclared(error) ? error.code : error),
  )
}

/** Ids differ between two plays; their places do not. */
function rename(value: unknown, ids: readonly string[]): unknown {
  return JSON.parse(JSON.stringify(value), (_, text: unknown) => {
    const place = typeof text === 'string' ? ids.indexOf(text) : -1
    return place < 0 ? text : `#${place}`
  })
}

const LEVELS = `
  SELECT product_id, on_hand, reserved, version::int, movements::int FROM stock WHERE product_id = ANY ($1::bigint[]) ORDER BY 1`

const STATES = `
  SELECT order_id, line, product_id, quantity, state FROM reservations WHERE order_id = ANY ($1::text[]) ORDER BY 1, 2`
