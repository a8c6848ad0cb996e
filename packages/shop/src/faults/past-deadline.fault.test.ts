import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors, relatedId, systemClock } from 'banyan/core'
import type { Middleware } from 'banyan/mesh'
import { startTestPostgres } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

const CUSTOMER = '7'
const PRODUCT = '10'

/** Everything up to the charge goes well; nobody confirms. */
const unconfirmed: Middleware = (next) => (request) =>
  request.id === 'orders.confirmOrder' ? Promise.reject(coreErrors.UNAVAILABLE({ what: 'orders' })) : next(request)

test('a shop that comes back after the deadline of a charged order gives the money back, and the stock', async (t) => {
  const postgres = await startTestPostgres({ fsync: false })
  t.after(() => postgres.stop())
  const { paymentId, orderId, available } = await leaveCharged(await startShop({ postgres, middleware: [unconfirmed] }))

  await using next = await startShop({ postgres, name: 'two' })
  await until(async () => (await next.orders.getOrder({ orderId })).status === 'cancelled')
  const { status, refunded, amount } = await next.payments.getPayment({ paymentId })
  assert.deepEqual([status, refunded], ['refunded', amount])
  assert.equal((await next.products.getProduct({ productId: PRODUCT })).available, available)
  assert.deepEqual(await next.faults(), [])
})

/** Ends with the card charged and the deadline behind: as if everything had been away for a minute. */
async function leaveCharged(shop: ShopFixture) {
  const { available } = await shop.products.getProduct({ productId: PRODUCT })
  const items = [{ productId: PRODUCT, quantity: 1 }]
  const placed = { userId: CUSTOMER, items, paymentMethod: 'pm_visa' }
  const { id: orderId } = await shop.ordersAs(CUSTOMER).placeOrder(placed, { waitMs: 10 })
  const paymentId = relatedId('pay', orderId)
  await until(async () => (await shop.payments.getPayment({ paymentId })).status === 'captured')
  const { root } = shop.running.services.get('orders')!.shards
  await root.query(`UPDATE banyan_sagas SET deadline_at = now() WHERE status = 'running'`)
  await shop.stop()
  return { orderId, paymentId, available }
}

/** What is not there yet makes no condition true. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonicMs() + 60_000
  while (!(await condition().catch(() => false))) {
    if (systemClock.monotonicMs() > deadline) assert.fail('the condition did not come true within 60 s')
    await systemClock.sleep(10)
  }
}
