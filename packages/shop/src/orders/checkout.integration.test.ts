import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { coreErrors, isError, relatedId, type BanyanError, type ErrorFactory } from 'banyan/core'
import type { CallHandler, Middleware, OperationCall } from 'banyan/mesh'
import { startTestPostgres, type TestPostgres, until } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import { orderErrors } from './errors.ts'
import { paymentErrors } from '../payments/contract.ts'
import { productErrors } from '../products/contract.ts'

const CUSTOMER = '7'

describe('checkout', () => {
  let postgres: TestPostgres
  let shop: ShopFixture
  /** What stands before each call; a test sets it. */
  let fault: (request: OperationCall) => Promise<void> | void = () => undefined
  /** Codes of the refusals that participants gave to sagas. */
  const refusedSteps: string[] = []
  const faulty: Middleware = (next: CallHandler) => async (request) => {
    await fault(request)
    try {
      return await next(request)
    } catch (error) {
      if (request.call.saga) refusedSteps.push(`${request.id} ${(error as BanyanError).code}`)
      throw error
    }
  }

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    shop = await startShop({ postgres, middleware: [faulty] })
  })
  after(async () => {
    await shop?.stop()
    await postgres?.stop()
  })

  test('an order reserves, charges and is confirmed; its lines of one product are merged', async () => {
    const before = await availableOf('10')
    const order = await place({ items: [line('10', 1), line('11', 1), line('10', 2)] })
    assert.equal(order.status, 'confirmed')
    assert.deepEqual(
      order.items.map(({ productId, quantity }) => [productId, quantity]),
      [
        ['10', 3],
        ['11', 1],
      ],
    )
    const total = order.items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice!.amountMinor * quantity, 0)
    assert.equal(order.total!.amountMinor, total)
    assert.equal((await shop.payments.getPayment({ paymentId: order.paymentId! })).amount.amountMinor, total)
    assert.equal(await availableOf('10'), before - 3)
  })

  test('a declined card cancels the order and gives the stock back', async () => {
    const before = await availableOf('12')
    const error = await refusal(
      place({ items: [line('12', 5)], paymentMethod: 'pm_declined' }),
      paymentErrors.CARD_DECLINED,
    )
    const order = await shop.orders.getOrder({ orderId: error.details.orderId as string })
    assert.equal(order.status, 'cancelled')
    assert.equal(order.reason, 'card-declined')
    assert.equal(order.items[0]!.name !== null, true, 'the lines it would have had are kept')
    assert.equal(await availableOf('12'), before)
  })

  test('too little stock refuses before anything is charged, naming product and order', async () => {
    const available = await availableOf('13')
    const error = await refusal(place({ items: [line('13', available + 1)] }), productErrors.OUT_OF_STOCK)
    assert.equal(error.details.available, available)
    const { orderId } = error.details as { orderId: string }
    assert.equal((await shop.orders.getOrder({ orderId })).reason, 'out-of-stock')
    await refusal(shop.payments.getPayment({ paymentId: relatedId('pay', orderId) }), coreErrors.NOT_FOUND)
  })

  test('another total than the expected one refuses before anything is charged', async () => {
    const expectedTotal = { amountMinor: 1, currency: 'USD' as const }
    const error = await refusal(place({ items: [line('14', 1)], expectedTotal }), orderErrors.PRICE_CHANGED)
    assert.deepEqual(error.details.expected, expectedTotal)
    await refusal(
      shop.payments.getPayment({ paymentId: relatedId('pay', error.details.orderId as string) }),
      coreErrors.NOT_FOUND,
    )
  })

  test('a cancelled order has its stock and money back; a second cancel joins; a third finds it done', async () => {
    const before = await availableOf('15')
    const { id: orderId, paymentId } = await place({ items: [line('15', 2)] })
    const cancels = await Promise.all([shop.orders.cancelOrder({ orderId }), shop.orders.cancelOrder({ orderId })])
    for (const order of [...cancels, await shop.orders.cancelOrder({ orderId })]) {
      assert.deepEqual([order.status, order.reason], ['cancelled', 'cancelled'])
    }
    assert.equal((await shop.payments.getPayment({ paymentId: paymentId! })).status, 'refunded')
    assert.equal(await availableOf('15'), before)
  })

  test('cancelling while it is being placed turns the checkout back: both callers learn it, the money is back', async () => {
    const charged = Promise.withResolvers<string>()
    const goOn = Promise.withResolvers<void>()
    fault = async ({ id, input }) => {
      if (id !== 'orders.confirmOrder') return
      charged.resolve((input as { orderId: string }).orderId)
      await goOn.promise
    }
    const placing = place({ items: [line('16', 1)] })
    const orderId = await charged.promise
    fault = () => undefined
    const cancelling = shop.orders.cancelOrder({ orderId })
    await until(
      async () =>
        (await rows(`SELECT 1 FROM orders WHERE id = '${orderId}' AND cancel_requested_at IS NOT NULL`)).length === 1,
    )
    goOn.resolve()
    await refusal(placing, orderErrors.CANCEL_REQUESTED)
    assert.equal((await cancelling).status, 'cancelled')
    assert.equal((await shop.payments.getPayment({ paymentId: relatedId('pay', orderId) })).status, 'refunded')
  })

  test('a caller that does not wait gets the pending order, and the same key the final answer later', async () => {
    const goOn = Promise.withResolvers<void>()
    fault = ({ id }) => (id === 'payments.charge' ? goOn.promise : undefined)
    const input = { userId: CUSTOMER, items: [line('17', 1)], paymentMethod: 'pm_visa' }
    const first = await customer().placeOrder.reply(input, { key: 'impatient', waitMs: 30 })
    assert.deepEqual([first.pending, first.data.status], [true, 'pending'])
    fault = () => undefined
    goOn.resolve()
    const again = await customer().placeOrder.reply(input, { key: 'impatient' })
    assert.deepEqual(
      [again.pending, again.replayed, again.data.status, again.data.id],
      [false, true, 'confirmed', first.data.id],
    )
  })

  test('a lost answer of the provider is asked for again under the same key: charged once', async () => {
    const { paymentId, total } = await place({ items: [line('18', 1)], paymentMethod: 'pm_timeout' })
    const { items } = await shop.payments.listProviderEntries({ limit: 1_000 })
    assert.deepEqual(
      items.filter((entry) => entry.paymentId === paymentId).map(({ kind, amount }) => [kind, amount]),
      [['capture', total]],
    )
  })

  test('a saga that was taken over is finished by the other process, and the first owner is fenced', async () => {
    await using other = await startShop({ postgres, name: 'two' })
    const reached = Promise.withResolvers<string>()
    const goOn = Promise.withResolvers<void>()
    fault = async ({ id, input, call }) => {
      if (id !== 'payments.charge' || call.saga?.fence !== 1) return
      reached.resolve((input as { orderId: string }).orderId)
      await goOn.promise
    }
    const placing = place({ items: [line('19', 1)] })
    const orderId = await reached.promise
    // As far as the database can tell, the first process died. Its own sweep may find that too: it then gives up again.
    const isTakenOver = `SELECT 1 FROM banyan_sagas WHERE subject = '${orderId}' AND owner = 'two'`
    const orphan = `UPDATE banyan_sagas SET owner = 'a process that died' WHERE subject = '${orderId}' AND owner = 'one' RETURNING 1`
    await until(async () => (await rows(orphan)).length === 0 && (await rows(isTakenOver)).length === 1)
    await until(async () => (await other.orders.getOrder({ orderId })).status === 'confirmed')
    goOn.resolve()
    fault = () => undefined
    assert.equal((await placing).id, orderId, 'whoever waited gets the answer of the other process')
    const [saga] = await rows<{ fence: number; owner: string }>(
      `SELECT fence, owner FROM banyan_sagas WHERE subject = '${orderId}'`,
    )
    assert.equal(saga!.owner, 'two')
    assert.ok(saga!.fence > 1)
    const { items } = await shop.payments.listProviderEntries({ limit: 1_000 })
    assert.equal(items.filter((entry) => entry.orderId === orderId).length, 1)
    await until(
      () => refusedSteps.includes('payments.charge saga.FENCED'),
      'the late call of the first owner is refused',
    )
  })

  test('the story tells all of it in causal order', async () => {
    const inOrder = [
      'orders.order-placed.v1',
      'checkout: began',
      'checkout: reserve ran',
      'checkout: charge failed',
      'charge captured',
      'checkout: charge ran',
      'orders.order-confirmed.v1',
      'orders.order-cancelling.v1',
      'cancel: began',
      'refund succeeded',
      'cancel: refund ran',
      'cancel: release ran',
      'orders.order-cancelled.v1',
    ]
    const { id: orderId } = await place({ items: [line('20', 1)], paymentMethod: 'pm_error' })
    await shop.orders.cancelOrder({ orderId })
    let { entries } = await shop.orders.getStory({ orderId })
    const isTold = (what: string) => entries.some((entry) => entry.what === what)
    await until(async () => {
      entries = (await shop.orders.getStory({ orderId })).entries
      return inOrder.every(isTold)
    }, 'what was on its way to the database when the saga ended is there')
    const told = [...new Set(entries.map(({ what }) => what))]
    assert.deepEqual(
      told.filter((what) => inOrder.includes(what)),
      inOrder,
    )
    const detailsOf = (what: string) => entries.find((entry) => entry.what === what)!.details
    assert.match(String(detailsOf('checkout: began').traceId), /^[0-9a-f]{32}$/)
    for (const what of ['checkout: charge failed', 'checkout: charge ran', 'cancel: refund ran']) {
      const { attempt, ms, process } = detailsOf(what)
      assert.deepEqual([typeof attempt, typeof ms, process], ['number', 'number', 'one'], what)
    }
    assert.ok(Number(detailsOf('checkout: charge ran').attempt) >= 2)
  })

  test('500 buyers at once of a stock of 30: 30 are confirmed, 470 refused, nothing is left over', async () => {
    await shop.products.setStock({ productId: '30', onHand: 30 })
    const results = await Promise.allSettled(
      Array.from({ length: 500 }, (_, index) =>
        shop
          .ordersAs(String(100 + index))
          .placeOrder({ userId: String(100 + index), items: [line('30', 1)], paymentMethod: 'pm_visa' }),
      ),
    )
    const refusals = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown)
    assert.equal(refusals.filter((error) => isError(error, productErrors.OUT_OF_STOCK)).length, 470)
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 30)
    assert.equal(await availableOf('30'), 0)
  })

  test('after all of this the audit finds nothing', async () => {
    await until(
      async () => (await rows(`SELECT 1 FROM banyan_sagas WHERE status IN ('running', 'compensating')`)).length === 0,
    )
    assert.deepEqual(await shop.faults(), [])
  })

  function customer() {
    return shop.ordersAs(CUSTOMER)
  }

  function place(input: Partial<Parameters<ReturnType<typeof customer>['placeOrder']>[0]>) {
    return customer().placeOrder({ userId: CUSTOMER, items: [], paymentMethod: 'pm_visa', ...input })
  }

  async function availableOf(productId: string): Promise<number> {
    return (await shop.products.getProduct({ productId })).available
  }

  function rows<Row>(sql: string): Promise<Row[]> {
    return shop.running.services.get('orders')!.shards.root.query<Row>(sql)
  }
})

function line(productId: string, quantity: number) {
  return { productId, quantity }
}

async function refusal(call: Promise<unknown>, factory: ErrorFactory): Promise<BanyanError> {
  try {
    await call
  } catch (error) {
    assert.ok(isError(error, factory), `expected ${factory.code}, got ${String(error)}`)
    return error as BanyanError
  }
  return assert.fail(`expected ${factory.code}, got an answer`)
}
