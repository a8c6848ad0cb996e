import assert from 'node:assert/strict'
import { get, refusal, usd, type Cast, type Order } from './cast.ts'

export async function cancelled({ ask, register, addProduct, availableOf, place, paymentOf }: Cast): Promise<void> {
  const buyer = await register('Fickle')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 5 })
  const items = [{ productId: chair.id, quantity: 2 }]
  const cancel = (id: string) => ask<Order>(`POST /api/v2/orders/${id}/cancel`, { token: buyer.token })

  const order = await get(place(buyer, { items }), 201)
  const twice = await Promise.all([cancel(order.id), cancel(order.id)])
  for (const { status, data } of [...twice, await cancel(order.id)]) {
    assert.deepEqual([status, data.status, data.reason], [200, 'cancelled', 'cancelled'])
  }
  const payment = await paymentOf(order, buyer.token)
  assert.deepEqual([payment.status, payment.refunded], ['refunded', usd(9_998)])
  assert.equal(await availableOf(chair), 5)

  // A provider that refuses the refund three times does not keep the money.
  const stubborn = await get(place(buyer, { items, paymentMethod: 'pm_refund_fails' }), 201)
  const first = await cancel(stubborn.id)
  const done = first.status === 202 ? await cancel(stubborn.id) : first
  assert.deepEqual([done.status, done.data.status], [200, 'cancelled'])
  assert.equal((await paymentOf(stubborn, buyer.token)).status, 'refunded')

  const { details } = await refusal(
    place(buyer, { items, paymentMethod: 'pm_declined' }),
    402,
    'payments.CARD_DECLINED',
  )
  await refusal(cancel(String(details.orderId)), 409, 'orders.NOT_CANCELLABLE')
}
