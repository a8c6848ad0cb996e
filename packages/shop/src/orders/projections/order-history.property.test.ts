import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createDatabase, type Database } from 'banyan/data'
import type { StoredEvent } from 'banyan/log'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import fc from 'fast-check'
import { listOrderHistory } from './order-history-store.ts'
import { orderHistory } from './order-history.ts'

describe('the order history', () => {
  let postgres: TestPostgres
  let database: Database

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const migrations = { area: 'orders', folder: new URL('../migrations/', import.meta.url) }
    database = createDatabase(await postgres.schema('orders', [migrations]))
  })

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('joins order, payment, product names and the user', async () => {
    await apply(STORY)
    const { items, nextCursor } = await listOrderHistory(database, '7')
    assert.equal(nextCursor, null)
    assert.deepEqual(items, [
      {
        orderId: UNFILLED,
        customer: 'Ada L.',
        status: 'cancelled',
        reason: 'out-of-stock',
        items: [{ name: 'Oak table', productId: '2', quantity: 900 }],
        placedAt: at(9),
        updatedAt: at(10),
      },
      {
        orderId: REFUNDED,
        customer: 'Ada L.',
        status: 'cancelled',
        reason: 'changed-mind',
        items: [{ productId: '1', name: 'Oak chair', quantity: 2, unitPrice: usd(500) }],
        total: usd(1_000),
        placedAt: at(2),
        paymentId: payment(REFUNDED),
        paymentStatus: 'captured',
        captured: usd(1_000),
        refunded: usd(1_000),
        updatedAt: at(8),
      },
    ])
    await apply([event('users.user-deleted.v1', { userId: '7' })])
    assert.deepEqual(
      (await listOrderHistory(database, '7')).items.map((item) => item.customer),
      [null, null],
    )
  })

  test('pages, newest first', async () => {
    await apply(STORY)
    const first = await listOrderHistory(database, '7', { limit: 1 })
    const second = await listOrderHistory(database, '7', { limit: 1, cursor: first.nextCursor! })
    assert.deepEqual([first.items[0]!.orderId, second.items[0]!.orderId], [UNFILLED, REFUNDED])
    assert.equal(second.nextCursor, null)
    await assert.rejects(listOrderHistory(database, '7', { cursor: 'bogus' }), { code: 'api.INVALID_INPUT' })
  })

  test('the end is the same whichever log is ahead, however it is cut into batches', async () => {
    const expected = await run([STORY])
    // Picks say whose log goes next; within a log the order stays.
    const schedule = fc.array(fc.tuple(fc.nat(3), fc.boolean()), { minLength: STORY.length, maxLength: 60 })
    const property = fc.asyncProperty(schedule, async (picks) => {
      assert.deepEqual(await run(interleave(STORY, picks)), expected)
    })
    await fc.assert(property, { numRuns: 60 })
  })

  async function run(batches: readonly (readonly StoredEvent[])[]) {
    await database.query('TRUNCATE order_history')
    for (const batch of batches) await applyNow(batch)
    return database.query('SELECT user_id, order_id, document, updated_at::text FROM order_history ORDER BY 1, 2')
  }

  async function apply(events: readonly StoredEvent[]): Promise<void> {
    if (events === STORY) await database.query('TRUNCATE order_history')
    await applyNow(events)
  }

  async function applyNow(events: readonly StoredEvent[]): Promise<void> {
    if (events.length > 0) await database.transaction((tx) => orderHistory.apply(tx, 'order_history', events))
  }
})

const LOGS = ['users', 'products', 'orders', 'payments']
const REFUNDED = 'ord_7_0123456789abcdef'
const UNFILLED = 'ord_7_fedcba9876543210'

const STORY: readonly StoredEvent[] = [
  event('users.user-registered.v1', { userId: '7', name: 'Ada' }, 0),
  event('products.product-created.v1', { productId: '1', name: 'Chair', price: usd(500) }, 0),
  event('products.product-created.v1', { productId: '2', name: 'Table', price: usd(900) }, 1),
  event('orders.order-placed.v1', { ...order(REFUNDED), items: [{ productId: '1', quantity: 2 }] }, 2),
  event(
    'orders.order-confirmed.v1',
    { ...order(REFUNDED), items: priced(), total: usd(1_000), paymentId: payment(REFUNDED) },
    4,
  ),
  event('payments.payment-captured.v1', { ...paid(REFUNDED), amount: usd(1_000) }, 3),
  event('users.user-renamed.v1', { userId: '7', name: 'Ada L.' }, 5),
  event('orders.order-cancelling.v1', order(REFUNDED), 5),
  event('products.product-changed.v1', { productId: '1', name: 'Renamed chair', price: usd(700) }, 6),
  event('products.product-changed.v1', { productId: '2', name: 'Oak table', price: usd(900) }, 6),
  event(
    'payments.payment-refunded.v1',
    { ...paid(REFUNDED), refundId: 'r1', amount: usd(400), refundedTotal: usd(400) },
    6,
  ),
  event(
    'payments.payment-refunded.v1',
    { ...paid(REFUNDED), refundId: 'r2', amount: usd(600), refundedTotal: usd(1_000) },
    7,
  ),
  event('orders.order-cancelled.v1', { ...order(REFUNDED), reason: 'changed-mind', items: priced() }, 8),
  event('orders.order-placed.v1', { ...order(UNFILLED), items: [{ productId: '2', quantity: 900 }] }, 9),
  event('orders.order-cancelled.v1', { ...order(UNFILLED), reason: 'out-of-stock', items: null }, 10),
]

/** The story's events with the logs shuffled against each other, cut into batches where a pick says so. */
function interleave(
  events: readonly StoredEvent[],
  picks: readonly (readonly [number, boolean])[],
): readonly (readonly StoredEvent[])[] {
  const logs = LOGS.map((name) => events.filter((at) => at.log.producer === name))
  const batches: StoredEvent[][] = [[]]
  const rest = picks.concat(events.map((): readonly [number, boolean] => [0, false]))
  for (const [pick, cuts] of rest) {
    const open = logs.filter((log) => log.length > 0)
    if (open.length === 0) break
    if (cuts) batches.push([])
    batches.at(-1)!.push(open[pick % open.length]!.shift()!)
  }
  return batches
}

function event(type: string, payload: unknown, minute = 30): StoredEvent {
  const log = { producer: type.split('.')[0]!, shard: 0, epoch: 1 }
  return { type, payload, log, aggregateId: 'x', version: 1, position: 1, recordedAt: at(minute), traceParent: null }
}

function order(orderId: string) {
  return { orderId, userId: '7' }
}

function paid(orderId: string) {
  return { ...order(orderId), paymentId: payment(orderId) }
}

function payment(orderId: string): string {
  return orderId.replace('ord', 'pay')
}

function priced() {
  return [{ productId: '1', name: 'Oak chair', quantity: 2, unitPrice: usd(500) }]
}

function usd(amountMinor: number) {
  return { amountMinor, currency: 'USD' }
}

function at(minute: number): string {
  return `2026-01-15T10:${String(minute).padStart(2, '0')}:00.000Z`
}
