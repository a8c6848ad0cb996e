import assert from 'node:assert/strict'
import { get, refusal, type Cast, type Order } from './cast.ts'

export async function sameKeyAgain({ ask, register, addProduct, availableOf, place, fresh }: Cast): Promise<void> {
  const buyer = await register('Careful')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 10 })
  const items = [{ productId: chair.id, quantity: 1 }]

  const key = fresh('order')
  const first = await place(buyer, { items }, { key })
  const again = await place(buyer, { items }, { key })
  assert.deepEqual([first.status, first.headers.get('idempotency-replayed')], [201, null])
  assert.deepEqual([again.status, again.headers.get('idempotency-replayed'), again.data], [201, 'true', first.data])

  const twins = fresh('twins')
  const [one, other] = await Promise.all([
    place(buyer, { items }, { key: twins }),
    place(buyer, { items }, { key: twins }),
  ])
  assert.deepEqual([one.status, other.status], [201, 201])
  assert.equal(one.data.id, other.data.id)
  assert.equal(await availableOf(chair), 8, 'two orders, not four')

  const declined = fresh('declined')
  const decline = () => place(buyer, { items, paymentMethod: 'pm_declined' }, { key: declined })
  const refused = await refusal(decline(), 402, 'payments.CARD_DECLINED')
  assert.deepEqual(await refusal(decline(), 402, 'payments.CARD_DECLINED'), refused, 'a refusal is an answer, too')

  const cancelKey = fresh('cancel')
  const cancel = () => ask<Order>(`POST /api/v2/orders/${first.data.id}/cancel`, { token: buyer.token, key: cancelKey })
  assert.deepEqual(await get(cancel(), 200), await get(cancel(), 200))
}

export async function keyReused({ ask, register, addProduct, place, fresh }: Cast): Promise<void> {
  const [buyer, stranger] = await Promise.all([register('Careless'), register('Stranger')])
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 10 })
  const key = fresh('reused')
  const items = [{ productId: chair.id, quantity: 1 }]
  const order = await get(place(buyer, { items }, { key }), 201)
  const other = place(buyer, { items: [{ productId: chair.id, quantity: 2 }] }, { key })
  await refusal(other, 422, 'api.KEY_REUSED')
  const theirs = await get(place(stranger, { items }, { key }), 201)
  assert.notEqual(theirs.id, order.id, 'keys belong to the caller')
  const session = { key: 'any', body: { email: buyer.email, password: buyer.password } }
  assert.equal((await ask('POST /api/v2/sessions', session)).status, 400, 'no secret is stored under a key')
}
