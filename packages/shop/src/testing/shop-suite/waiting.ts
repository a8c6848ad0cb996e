import assert from 'node:assert/strict'
import { eventually, type Cast } from './cast.ts'

/** Who does not wait is told that the order is pending, and learns the end by the same key. */
export async function pending({ ask, register, addProduct, place, fresh, availableOf }: Cast): Promise<void> {
  const buyer = await register('Impatient')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 5 })
  // A provider that fails twice before it works takes longer than nothing.
  const basket = { items: [{ productId: chair.id, quantity: 1 }], paymentMethod: 'pm_error' }
  const key = fresh('order')
  const first = await place(buyer, basket, { key, headers: { prefer: 'wait=0' } })
  assert.deepEqual([first.status, first.data.status], [202, 'pending'])
  const last = await eventually('the end of the order', async () => {
    const answer = await place(buyer, basket, { key, headers: { prefer: 'wait=1' } })
    return answer.status === 202 ? null : answer
  })
  assert.deepEqual([last.status, last.data.status, last.data.id], [201, 'confirmed', first.data.id])

  const cancel = `POST /api/v2/orders/${last.data.id}/cancel`
  const cancelKey = fresh('cancel')
  const ending = await ask<{ status: string }>(cancel, {
    token: buyer.token,
    key: cancelKey,
    headers: { prefer: 'wait=0' },
  })
  assert.ok([200, 202].includes(ending.status), JSON.stringify(ending))
  await eventually('the end of the cancellation', async () => {
    const { status, data } = await ask<{ status: string }>(cancel, { token: buyer.token, key: cancelKey })
    return status === 200 && data.status === 'cancelled' ? data : null
  })
  assert.equal(await availableOf(chair), 5)
}
