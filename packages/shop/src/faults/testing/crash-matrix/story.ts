import assert from 'node:assert/strict'
import type { CountingClient } from 'banyan/chaos'
import type { Answer } from 'banyan/runtime'
import type { Order } from '../../../chaos/order.ts'
import type { Person } from '../../../chaos/people.ts'

/** What one customer does in a cell: everything that leads past every point. @throws when an answer is not what it must be. */
export async function playStory(client: CountingClient, buyer: Person, name: string): Promise<void> {
  // A product of their own: what they buy is missing on nobody else's shelf.
  const items = [{ productId: buyer.id, quantity: 1 }]
  const place = (key: string, paymentMethod: string) =>
    client.insist('POST', `/api/v2/users/${buyer.id}/orders`, {
      session: buyer,
      key: `${name}-${key}`,
      body: { items, paymentMethod },
    })
  const cancel = (id: string) =>
    client.insist('POST', `/api/v2/orders/${id}/cancel`, { session: buyer, key: `${name}-cancel-${id}` })

  const bought = async () => expectStatus(await place('bought', 'pm_visa'), 201)
  const declined = async () => expectStatus(await place('declined', 'pm_declined'), 402)
  const returned = async () => {
    const { id } = expectStatus(await place('returned', 'pm_visa'), 201) as Order
    expectStatus(await cancel(id), 200)
  }
  /** Cancelled while its card is tried: what was charged by then must come back, as compensation. */
  const regretted = async () => {
    const body = { items, paymentMethod: 'pm_error' }
    const request = { token: buyer.token, key: `${name}-regretted`, body, headers: { prefer: 'wait=0' } }
    const early = await client.request('POST', `/api/v2/users/${buyer.id}/orders`, request)
    const known = early?.status === 202 || early?.status === 201 ? early : await place('regretted', 'pm_error')
    expectStatus(await cancel((known.body.data as Order).id), 200)
    await place('regretted', 'pm_error') // in the journal, and whatever it says, it is the same order
  }
  await Promise.all([bought(), declined(), returned(), regretted()])
  const answer = await client.request('GET', `/api/v2/users/${buyer.id}/orders`, { token: buyer.token })
  const statuses = (answer!.body.data as Order[]).map(({ status }) => status).toSorted()
  assert.deepEqual(statuses, ['cancelled', 'cancelled', 'cancelled', 'confirmed'], 'one order a key, each at its end')
}

function expectStatus(answer: Answer, status: number): unknown {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  return answer.body.data
}
