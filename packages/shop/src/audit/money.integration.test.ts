import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { relatedId } from 'banyan/core'
import { createDatabase, type Database } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { SANDBOX_BOOKS, SANDBOX_DATABASE } from '../payments/providers/sandbox/open-books.ts'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

// One place at a time is changed past the shop: the rows have to show which of them contradicts the others.
describe('an amount that one place tells otherwise', () => {
  let postgres: TestPostgres
  let shop: ShopFixture
  let orderId: string
  let total: number
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    shop = await startShop({ postgres })
    const buyer = shop.ordersAs('7')
    const line = { productId: '10', quantity: 2 }
    const order = await buyer.placeOrder({ userId: '7', items: [line], paymentMethod: 'pm_visa' }, { key: 'agreed' })
    orderId = order.id
    total = order.total!.amountMinor
  })
  after(async () => {
    await shop?.stop()
    await postgres?.stop()
  })

  test('the order: its lines, the provider and its goods agree', async () => {
    assert.deepEqual(await told('orders', 'UPDATE orders SET total_minor = total_minor + $2 WHERE id = $1', orderId), [
      `I2: order ${orderId} is confirmed with a total of ${total + 1}, its lines add up to ${total}`,
      `I2: order ${orderId} is confirmed with a total of ${total + 1}, the provider captured ${total}, its goods were sold for ${total}`,
    ])
  })

  test('a line: the rest agrees, and no money is in doubt', async () => {
    const change = 'UPDATE order_items SET unit_price_minor = unit_price_minor + $2 WHERE order_id = $1'
    assert.deepEqual(await told('orders', change, orderId), [
      `I2: order ${orderId} is confirmed with a total of ${total}, its lines add up to ${total + 2}`,
    ])
  })

  test('the goods: total and capture agree', async () => {
    const change = 'UPDATE reservations SET unit_price_minor = unit_price_minor + $2 WHERE order_id = $1'
    assert.deepEqual(await told('products', change, orderId), [
      `I2: order ${orderId} is confirmed with a total of ${total}, the provider captured ${total}, its goods were sold for ${total + 2}`,
    ])
  })

  test('the payment: ledger and provider agree', async () => {
    const paymentId = relatedId('pay', orderId)
    const change = 'UPDATE payments SET amount_minor = amount_minor + $2 WHERE payment_id = $1'
    assert.deepEqual(await told('payments', change, paymentId), [
      `I5: ${paymentId}: its row says ${total + 1}, the ledger ${total}`,
      `I5: payment ${paymentId}: its row says ${total + 1} − 0, the provider ${total} − 0`,
    ])
  })

  test('the provider: order, payment and ledger agree', async () => {
    const paymentId = relatedId('pay', orderId)
    const change = 'UPDATE charges SET amount_minor = amount_minor + $2 WHERE key = $1'
    assert.deepEqual(await told(SANDBOX_DATABASE, change, paymentId), [
      `I2: order ${orderId} is confirmed with a total of ${total}, the provider captured ${total + 1}, its goods were sold for ${total}`,
      `I5: payment ${paymentId}: its row says ${total} − 0, the provider ${total + 1} − 0`,
    ])
  })

  /** What the audit tells while one more is written there; nothing once it is as it was. */
  async function told(service: string, change: string, id: string): Promise<string[]> {
    const database = databaseOf(service)
    try {
      await database.query(change, [id, 1])
      const faults = await shop.faults()
      await database.query(change, [id, -1])
      assert.deepEqual(await shop.faults(), [])
      return faults
    } finally {
      await database.stop()
    }
  }

  function databaseOf(place: string): Database {
    // The provider's books are a database of their own, services are schemas of one.
    const connection = { ...postgres.connection, ...(place === SANDBOX_DATABASE ? { database: place } : {}) }
    const schema = place === SANDBOX_DATABASE ? SANDBOX_BOOKS.schema : place
    return createDatabase({ name: 'intruder', connection, schema })
  }
})
