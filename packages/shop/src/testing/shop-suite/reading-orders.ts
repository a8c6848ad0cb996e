import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { eventually, get, readAll, refusal, type Cast, type Money, type Order } from './cast.ts'

export async function strangers({ ask, register, addProduct, place, admin }: Cast): Promise<void> {
  const [owner, stranger] = await Promise.all([register('Owner'), register('Stranger')])
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 5 })
  const basket = { items: [{ productId: chair.id, quantity: 1 }] }
  const { id, paymentId } = await get(place(owner, basket), 201)
  const theirs = [
    `GET /api/v2/orders/${id}`,
    `GET /api/v2/orders/${id}/story`,
    `POST /api/v2/orders/${id}/cancel`,
    `GET /api/v2/payments/${paymentId}`,
    `GET /api/v2/users/${owner.id}`,
    `GET /api/v2/users/${owner.id}/orders`,
    `GET /api/v2/users/${owner.id}/order-history`,
  ]
  for (const request of theirs) {
    await refusal(ask(request, { token: stranger.token }), 404, 'api.NOT_FOUND')
    await refusal(ask(request), 401, 'api.UNAUTHENTICATED')
  }
  await refusal(place({ ...owner, token: stranger.token }, basket), 404, 'api.NOT_FOUND')
  await get(ask(`GET /api/v2/orders/${id}`, { token: admin.token }), 200)
  await refusal(ask('GET /api/v2/orders', { token: stranger.token }), 403, 'api.FORBIDDEN')
}

export async function lists({ ask, register, addProduct, place, admin }: Cast): Promise<void> {
  const buyer = await register('Regular')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 50 })
  const ids: string[] = []
  for (const quantity of [1, 2, 3, 4, 5]) {
    ids.unshift((await get(place(buyer, { items: [{ productId: chair.id, quantity }] }), 201)).id)
  }
  const path = `/api/v2/users/${buyer.id}/orders?limit=2`
  const seen = (await readAll<Order>({ ask }, path, buyer.token)).map(({ id }) => id)
  assert.deepEqual(seen, ids, 'newest first, none twice, none left out')
  const all = await get(
    ask<readonly Order[]>('GET /api/v2/orders?status=confirmed&limit=5', { token: admin.token }),
    200,
  )
  assert.deepEqual([all.length, new Set(all.map(({ status }) => status))], [5, new Set(['confirmed'])])
  await refusal(ask(`GET ${path}&cursor=nonsense`, { token: buyer.token }), 400, 'api.INVALID_INPUT')
}

interface HistoryEntry {
  readonly orderId: string
  readonly status: string
  readonly customer: string | null
  readonly captured?: Money
  readonly refunded?: Money
}

export async function history({ ask, register, addProduct, place }: Cast): Promise<void> {
  const buyer = await register('Nostalgic')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 50 })
  const items = [{ productId: chair.id, quantity: 1 }]
  await get(place(buyer, { items }), 201)
  const returned = await get(place(buyer, { items }), 201)
  await get(ask(`POST /api/v2/orders/${returned.id}/cancel`, { token: buyer.token }), 200)
  await refusal(place(buyer, { items, paymentMethod: 'pm_declined' }), 402, 'payments.CARD_DECLINED')
  const request = `GET /api/v2/users/${buyer.id}/order-history`
  await eventually('the history of three orders', async () => {
    const entries = await get(ask<readonly HistoryEntry[]>(request, { token: buyer.token }), 200)
    const isDone = entries.length === 3 && entries.every((entry) => isComplete(entry, buyer.name))
    return isDone ? entries : null
  })
}

function isComplete({ status, customer, captured, refunded }: HistoryEntry, name: string): boolean {
  const paid = status === 'confirmed' ? [4_999, undefined] : [4_999, 4_999]
  const money = [captured?.amountMinor, refunded?.amountMinor]
  return customer === name && [paid, [undefined, undefined]].some((expected) => isDeepStrictEqual(money, expected))
}

export async function story({ ask, register, addProduct, place }: Cast): Promise<void> {
  const buyer = await register('Curious')
  const chair = await addProduct('Chair', { amountMinor: 4_999, onHand: 50 })
  const { id } = await get(place(buyer, { items: [{ productId: chair.id, quantity: 1 }] }), 201)
  await get(ask(`POST /api/v2/orders/${id}/cancel`, { token: buyer.token }), 200)
  const request = ask<Story>(`GET /api/v2/orders/${id}/story`, { token: buyer.token })
  const { status, entries } = await get(request, 200)
  const told = entries.map(({ what }) => what)
  assert.equal(status, 'cancelled')
  const events = told.filter((what) => what.startsWith('orders.'))
  assert.deepEqual(events, [
    'orders.order-placed.v1',
    'orders.order-confirmed.v1',
    'orders.order-cancelling.v1',
    'orders.order-cancelled.v1',
  ])
  for (const what of ['charge captured', 'refund succeeded', 'checkout: completed', 'cancel: completed']) {
    assert.ok(
      told.some((entry) => entry === what),
      `${what} is not told: ${told.join(', ')}`,
    )
  }
  assert.deepEqual(
    entries.map(({ at }) => at),
    entries.map(({ at }) => at).toSorted(),
  )
}

interface Story {
  readonly status: string
  readonly entries: readonly { readonly at: string; readonly what: string }[]
}
