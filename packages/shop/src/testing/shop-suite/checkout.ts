import assert from 'node:assert/strict'
import { get, refusal, usd, type Cast, type Order } from './cast.ts'

export async function confirmed({ ask, register, addProduct, availableOf, place, paymentOf }: Cast): Promise<void> {
  const buyer = await register('Buyer')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 10 })
  const desk = await addProduct('Desk', { amountMinor: 10_001, onHand: 10 })
  const items = [chair, desk, chair].map(({ id: productId }) => ({ productId, quantity: 1 }))
  const answer = await place(buyer, { items })
  const order = answer.data
  assert.deepEqual([answer.status, order.status, order.total], [201, 'confirmed', usd(19_999)])
  assert.match(answer.headers.get('location') ?? '', new RegExp(`/orders/${order.id}$`))
  assert.match(answer.headers.get('idempotency-key') ?? '', /\S/, 'the gateway names the key that it minted')
  assert.deepEqual(
    order.items.map(({ productId, quantity }) => [productId, quantity]),
    [
      [chair.id, 2],
      [desk.id, 1],
    ],
  )
  assert.deepEqual([await availableOf(chair), await availableOf(desk)], [8, 9])
  const payment = await paymentOf(order, buyer.token)
  assert.deepEqual([payment.status, payment.amount, payment.refunded], ['captured', usd(19_999), usd(0)])
  assert.deepEqual(await get(ask<Order>(`GET /api/v2/orders/${order.id}`, { token: buyer.token }), 200), order)
  const inVersion1 = ask<{ total: unknown }>(`GET /api/v1/orders/${order.id}`, { token: buyer.token })
  assert.equal((await get(inVersion1, 200)).total, 199.99)

  // A provider that fails twice, and one whose answer is lost after it charged: the money still moves once.
  for (const paymentMethod of ['pm_error', 'pm_timeout']) {
    const slow = await get(place(buyer, { items: items.slice(0, 1), paymentMethod }), 201)
    assert.deepEqual([slow.status, (await paymentOf(slow, buyer.token)).amount], ['confirmed', usd(4_999)])
  }
}

export async function declined({ ask, register, addProduct, availableOf, place }: Cast): Promise<void> {
  const buyer = await register('Poor')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 10 })
  const items = [{ productId: chair.id, quantity: 3 }]
  for (const paymentMethod of ['pm_declined', 'pm_insufficient_funds']) {
    const error = await refusal(place(buyer, { items, paymentMethod }), 402, 'payments.CARD_DECLINED')
    const { orderId } = error.details as { readonly orderId: string }
    const order = await get(ask<Order>(`GET /api/v2/orders/${orderId}`, { token: buyer.token }), 200)
    assert.deepEqual([order.status, order.reason], ['cancelled', 'card-declined'])
    assert.equal(await availableOf(chair), 10, 'the stock is back')
  }
}

export async function outOfStock({ ask, register, addProduct, availableOf, place }: Cast): Promise<void> {
  const buyer = await register('Late')
  const rare = await addProduct('Rare', { amountMinor: 100, onHand: 2 })
  const common = await addProduct('Common', { amountMinor: 100, onHand: 9 })
  const items = [common, rare].map(({ id: productId }) => ({ productId, quantity: 3 }))
  const { details } = await refusal(place(buyer, { items }), 409, 'products.OUT_OF_STOCK')
  assert.deepEqual([details.productId, details.requested, details.available], [rare.id, 3, 2])
  const path = `GET /api/v2/orders/${String(details.orderId)}`
  assert.equal((await get(ask<Order>(path, { token: buyer.token }), 200)).reason, 'out-of-stock')
  assert.deepEqual([await availableOf(rare), await availableOf(common)], [2, 9], 'all lines or none')
  const nothing = { items: [{ productId: '999999999999', quantity: 1 }] }
  await refusal(place(buyer, nothing), 422, 'products.UNKNOWN_PRODUCT')

  const one = { items: [{ productId: rare.id, quantity: 1 }] }
  const rush = await Promise.all(Array.from({ length: 6 }, () => place(buyer, one)))
  const statuses = rush.map(({ status }) => status).toSorted((a, b) => a - b)
  assert.deepEqual(statuses, [201, 201, 409, 409, 409, 409], 'two are sold, whoever is first')
  assert.equal(await availableOf(rare), 0)

  const expectedTotal = usd(1)
  const body = { ...one, items: [{ productId: common.id, quantity: 1 }], paymentMethod: 'pm_visa', expectedTotal }
  await refusal(place(buyer, one, { body }), 409, 'orders.PRICE_CHANGED')
}
