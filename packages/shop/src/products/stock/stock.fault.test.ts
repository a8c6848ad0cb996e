import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isDeclared, systemClock } from 'banyan/core'
import { createDatabase, type Database } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, storedEvent, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { products } from '../contract.ts'
import { productsService } from '../service.ts'

const ORDERS = 300
const SABOTAGES = 40

let postgres: TestPostgres
let shop: ServiceFixture<typeof products>
let operator: Database

before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  shop = await startService(productsService, { postgres })
  operator = createDatabase({ name: 'operator', connection: postgres.connection })
})

after(async () => {
  await shop[Symbol.asyncDispose]()
  await operator.stop()
  await postgres.stop()
})

test('connections die under reservations, sales and releases: each happens once, and the books agree', async () => {
  const productIds = await Promise.all([addProduct(), addProduct(), addProduct()])
  const stillRunning = { value: true }
  const cut = sabotage(() => stillRunning.value)
  const answers = await Promise.all(Array.from({ length: ORDERS }, (_, index) => live(index, productIds)))
  stillRunning.value = false
  assert.ok((await cut) > 10, 'connections were cut while orders ran')

  const { data } = await shop.call('audit', {})
  assert.deepEqual(
    data.findings.flatMap(({ rows }) => rows),
    [],
  )
  // Every third order is returned, every third sold, every third released while it is held.
  assert.deepEqual(data.facts.ordersByState, { sold: ORDERS / 3, returned: ORDERS / 3, released: ORDERS / 3 })
  assert.equal(data.facts.unitsReserved, 0)
  assert.equal(new Set(answers).size, 1)
})

/** One order's life, each step repeated until it has an answer, as a saga and a consumer do. */
async function live(index: number, productIds: readonly string[]): Promise<string> {
  const orderId = `ord_42_${String(index).padStart(16, '0')}`
  const items = productIds.map((productId) => ({ productId, quantity: 2 }))
  const reserved = await insist(() => shop.call('reserveStock', { orderId, userId: '42', items }))
  const event = storedEvent('orders.order-confirmed.v1', orderId, { orderId })
  if (index % 3 !== 2) await insist(() => shop.deliver('products.sell-reserved', [event]))
  if (index % 3 !== 1) await insist(() => shop.call('releaseStock', { orderId, userId: '42' }))
  return JSON.stringify(reserved.data)
}

async function insist<Answer>(step: () => Promise<Answer>): Promise<Answer> {
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      return await step()
    } catch (error) {
      // A refusal is an answer; a lost connection is none.
      if ((isDeclared(error) && error.retry === 'never') || performance.now() > deadline) throw error
      await systemClock.sleep(5)
    }
  }
}

/** Cuts the service's connections again and again; tells how many. */
async function sabotage(goOn: () => boolean): Promise<number> {
  let cut = 0
  for (let round = 0; round < SABOTAGES && goOn(); round++) {
    const rows = await operator.query(TERMINATE)
    cut += rows.length
    await systemClock.sleep(10)
  }
  return cut
}

async function addProduct(): Promise<string> {
  const price = { amountMinor: 100, currency: 'USD' as const }
  return (await shop.call('createProduct', { name: 'Thing', price, onHand: 10_000 })).data.id
}

const TERMINATE = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'banyan products'`
