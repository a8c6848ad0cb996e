import assert from 'node:assert/strict'
import { get, refusal, usd, type Cast } from './cast.ts'

export async function stock({ ask, register, addProduct, availableOf, place, admin }: Cast): Promise<void> {
  const buyer = await register('Buyer')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 0 })
  const put = (token: string, onHand: number) =>
    ask<{ onHand: number }>(`PUT /api/v2/products/${chair.id}/stock`, { token, body: { onHand } })
  const basket = { items: [{ productId: chair.id, quantity: 2 }] }
  await refusal(place(buyer, basket), 409, 'products.OUT_OF_STOCK')
  await refusal(put(buyer.token, 9), 403, 'api.FORBIDDEN')
  assert.equal((await get(put(admin.token, 9), 200)).onHand, 9)
  await get(place(buyer, basket), 201)
  assert.equal(await availableOf(chair), 7)
  await refusal(put(admin.token, -1), 400, 'api.INVALID_INPUT')
  const path = `/api/v2/products/${chair.id}`
  await get(ask('DELETE '.concat(path), { token: admin.token }), 200)
  await refusal(ask(`GET ${path}`), 404, 'api.NOT_FOUND')
  await refusal(place(buyer, basket), 422, 'products.UNKNOWN_PRODUCT')
}

export async function refunds({ ask, register, addProduct, place, paymentOf, admin, fresh }: Cast): Promise<void> {
  const buyer = await register('Buyer')
  const chair = await addProduct('Chair', { amountMinor: 5_000, onHand: 5 })
  const order = await get(place(buyer, { items: [{ productId: chair.id, quantity: 2 }] }), 201)
  const refund = (amountMinor: number, key = fresh('refund')) =>
    ask<{ status: string; amount: unknown }>(`POST /api/v2/payments/${order.paymentId}/refunds`, {
      token: admin.token,
      key,
      body: { amount: usd(amountMinor) },
    })
  const key = fresh('refund')
  const first = await get(refund(3_000, key), 201)
  assert.deepEqual([first.status, first.amount], ['succeeded', usd(3_000)])
  assert.deepEqual(await get(refund(3_000, key), 201), first, 'the same key gives back nothing more')
  assert.deepEqual((await paymentOf(order, buyer.token)).refunded, usd(3_000))
  await refusal(refund(7_001), 409, 'payments.REFUND_EXCEEDS_CAPTURE')
  const theirs = ask(`POST /api/v2/payments/${order.paymentId}/refunds`, { token: buyer.token, body: {} })
  await refusal(theirs, 403, 'api.FORBIDDEN')
  await get(ask(`POST /api/v2/orders/${order.id}/cancel`, { token: buyer.token }), 200)
  const payment = await paymentOf(order, buyer.token)
  assert.deepEqual([payment.status, payment.refunded], ['refunded', usd(10_000)], 'a later cancel refunds the rest')
}
