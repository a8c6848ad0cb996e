import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sagaErrors } from 'banyan/command'
import { createOwnedId, isError, systemRandom } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { auditIn } from '../audit.ts'
import { startService, storedEvent, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { products } from '../contract.ts'
import { productErrors } from '../errors.ts'
import { productsService } from '../service.ts'

let postgres: TestPostgres
let shop: ServiceFixture<typeof products>

before(async () => {
  // A deadlock would end by an error of the lock's timeout, not by one of the two being tried again.
  postgres = await startTestPostgres({ fsync: false, settings: { deadlock_timeout: '60s' } })
  shop = await startService(productsService, { postgres })
})

after(async () => {
  await shop[Symbol.asyncDispose]()
  await postgres.stop()
})

test('a reservation fixes names and prices, and a repeat answers the same', async () => {
  const [desk, lamp] = [await addProduct(10, 'Desk', 19_900), await addProduct(5, 'Lamp', 2_500)]
  const order = newOrder([lamp, 2], [desk, 1], [lamp, 1])

  const first = await shop.call('reserveStock', order)
  await shop.call('changeProduct', {
    productId: lamp,
    name: 'Lamp, dearer',
    price: { amountMinor: 9_999, currency: 'USD' },
  })
  const again = await shop.call('reserveStock', order)

  assert.deepEqual(first.data, {
    items: [
      { productId: lamp, name: 'Lamp', quantity: 3, unitPrice: { amountMinor: 2_500, currency: 'USD' } },
      { productId: desk, name: 'Desk', quantity: 1, unitPrice: { amountMinor: 19_900, currency: 'USD' } },
    ],
    total: { amountMinor: 27_400, currency: 'USD' },
  })
  assert.deepEqual(again.data, first.data)
  assert.equal(await availableOf(lamp), 2)
})

test('all lines or none: what is short is named', async () => {
  const [plenty, scarce] = [await addProduct(100), await addProduct(2)]
  await assert.rejects(shop.call('reserveStock', newOrder([plenty, 5], [scarce, 3])), (error: Error) => {
    assert.ok(isError(error, productErrors.OUT_OF_STOCK))
    assert.deepEqual((error as unknown as { details: unknown }).details, {
      productId: scarce,
      requested: 3,
      available: 2,
    })
    return true
  })
  assert.equal(await availableOf(plenty), 100)
})

test('unknown, deleted and malformed product ids are refused by name', async () => {
  const gone = await addProduct(1)
  await shop.call('deleteProduct', { productId: gone })
  for (const productId of ['999999999', gone, 'no-such-product']) {
    await assert.rejects(shop.call('reserveStock', newOrder([productId, 1])), (error: Error) =>
      isError(error, productErrors.UNKNOWN_PRODUCT),
    )
  }
})

test('a release before the reservation leaves a tombstone', async () => {
  const product = await addProduct(3)
  const order = newOrder([product, 1])
  assert.deepEqual((await shop.call('releaseStock', order)).data, { items: [] })
  assert.deepEqual((await shop.call('releaseStock', order)).data, { items: [] })
  await assert.rejects(shop.call('reserveStock', order), (error: Error) => isError(error, sagaErrors.COMPENSATED))
  assert.equal(await availableOf(product), 3)
})

test('released before the sale is told of, the late sale changes nothing', async () => {
  const product = await addProduct(3)
  const order = newOrder([product, 2])
  await shop.call('reserveStock', order)
  const released = await shop.call('releaseStock', order)
  await confirm(order.orderId)
  assert.deepEqual(released.data, { items: [{ productId: product, quantity: 2 }] })
  assert.equal(await availableOf(product), 3)
  assert.deepEqual(await movementsOf(product), [['initial', 3]])
  await assert.rejects(shop.call('reserveStock', order), (error: Error) => isError(error, sagaErrors.COMPENSATED))
})

test('released after the sale, the goods come back with a movement of their own; once', async () => {
  const product = await addProduct(3)
  const order = newOrder([product, 2])
  await shop.call('reserveStock', order)
  await confirm(order.orderId)
  await confirm(order.orderId)
  assert.deepEqual(await movementsOf(product), [
    ['initial', 3],
    ['sold', -2],
  ])
  await shop.call('releaseStock', order)
  await shop.call('releaseStock', order)
  assert.deepEqual(await movementsOf(product), [
    ['initial', 3],
    ['sold', -2],
    ['returned', 2],
  ])
  assert.equal(await availableOf(product), 3)
})

test('500 buyers of 30: 30 get one, nobody else, and the books agree', async () => {
  const product = await addProduct(30)
  const answers = await Promise.allSettled(
    Array.from({ length: 500 }, () => shop.call('reserveStock', newOrder([product, 1]))),
  )
  const won = answers.filter((answer) => answer.status === 'fulfilled')
  const lost = answers.filter((answer) => answer.status === 'rejected')
  assert.equal(won.length, 30)
  assert.ok(lost.every(({ reason }) => isError(reason, productErrors.OUT_OF_STOCK)))
  assert.equal(await availableOf(product), 0)
})

test('two processes take the same products in opposite orders without deadlock or oversell', async () => {
  const [a, b] = [await addProduct(40), await addProduct(40)]
  await using other = await startService(productsService, { postgres })
  const answers = await Promise.allSettled(
    Array.from({ length: 200 }, (_, index) =>
      (index % 2 ? shop : other).call('reserveStock', index % 3 ? newOrder([a, 1], [b, 1]) : newOrder([b, 1], [a, 1])),
    ),
  )
  assert.equal(answers.filter((answer) => answer.status === 'fulfilled').length, 40)
  assert.equal(await availableOf(a), 0)
  assert.equal(await availableOf(b), 0)
})

test('an order that is released while it is sold ends one way, without deadlock', async () => {
  const product = await addProduct(5)
  const order = newOrder([product, 2])
  await shop.call('reserveStock', order)
  await using other = await startService(productsService, { postgres })
  const held = await holdStock(product)
  const releasing = other.call('releaseStock', order)
  await held.untilWaiting(1)
  const selling = confirm(order.orderId)
  await held.untilWaiting(2)
  await held.release()
  await Promise.all([releasing, selling])
  assert.equal(await availableOf(product), 5)
  assert.deepEqual(await movementsOf(product), [['initial', 5]])
})

test('two processes that look at the last piece at the same moment sell it once', async () => {
  const product = await addProduct(1)
  await using other = await startService(productsService, { postgres })
  const held = await holdStock(product)
  const buying = Promise.allSettled(
    [shop, other].map((process) => process.call('reserveStock', newOrder([product, 1]))),
  )
  // Wherever they wait, at the look or at the write: both stand there before either goes on.
  await held.untilWaiting(2)
  await held.release()
  const answers = await buying
  assert.equal(answers.filter((answer) => answer.status === 'fulfilled').length, 1)
})

test('reserve and release of one order race in two processes: either way nothing stays held', async () => {
  const product = await addProduct(100)
  await using other = await startService(productsService, { postgres })
  const orders = Array.from({ length: 100 }, () => newOrder([product, 1]))
  const answers = await Promise.allSettled(
    orders.flatMap((order) => [shop.call('reserveStock', order), other.call('releaseStock', order)]),
  )
  const refusals = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason as Error)
  assert.deepEqual(
    refusals.filter((error) => !isError(error, sagaErrors.COMPENSATED)),
    [],
  )
  await Promise.all(orders.map((order) => other.call('releaseStock', order)))
  assert.equal(await availableOf(product), 100)
})

test('reservations are listed by order, page by page, with their state and worth', async () => {
  const product = await addProduct(10, 'Chair', 700)
  const [held, buried] = [newOrder([product, 2]), newOrder([product, 1])]
  await shop.call('reserveStock', held)
  await shop.call('releaseStock', buried)
  const listed: { orderId: string }[] = []
  let cursor: string | undefined
  do {
    const page = (await shop.call('listReservations', { limit: 100, cursor })).data
    listed.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  assert.equal(new Set(listed.map(({ orderId }) => orderId)).size, listed.length)
  const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' })
  for (const expected of [
    { orderId: held.orderId, state: 'held', total: usd(1_400) },
    { orderId: buried.orderId, state: 'released', total: usd(0) },
  ]) {
    assert.deepEqual(
      listed.find(({ orderId }) => orderId === expected.orderId),
      expected,
    )
  }
})

test('the audit finds nothing after all this', async () => {
  const { data } = await shop.call('audit', {})
  assert.deepEqual(
    data.findings.flatMap(({ rows }) => rows),
    [],
  )
  assert.ok(data.findings.every(({ ok, checked }) => ok && checked > 0))
})

test('the audit names each fault that is planted', async () => {
  const product = await addProduct(7)
  const order = newOrder([product, 2])
  await shop.call('reserveStock', order)
  const plants = [
    [
      'UPDATE stock SET on_hand = 8 WHERE product_id = $1',
      `product ${product}: on hand − ledger = 1, reserved − open reservations = 0`,
    ],
    [
      'UPDATE stock SET reserved = 1 WHERE product_id = $1',
      `product ${product}: on hand − ledger = 0, reserved − open reservations = -1`,
    ],
    [
      "UPDATE reservations SET state = 'sold' WHERE product_id = $1",
      `order ${order.orderId}, product ${product}: sold`,
    ],
    ['UPDATE stock SET catalogue_version = 9 WHERE product_id = $1', `product ${product}: its stock row names another`],
  ] as const
  for (const [sql, expected] of plants) {
    const rows = await findingsAfter(sql, product)
    assert.ok(
      rows.some((row) => row.startsWith(expected)),
      `${expected} in ${rows.join()}`,
    )
  }
})

/** What the audit names after a statement that is undone again. */
async function findingsAfter(sql: string, product: string): Promise<readonly string[]> {
  const rollback = new Error('rollback')
  let rows: readonly string[] = []
  const planted = shop.database.transaction(async (tx) => {
    await tx.query(sql, [product])
    rows = (await auditIn(tx)).findings.flatMap((finding) => finding.rows)
    throw rollback
  })
  await assert.rejects(planted, rollback)
  return rows
}

test('the ledger cannot be changed', async () => {
  await assert.rejects(shop.database.query('UPDATE stock_movements SET quantity = 1'), /append-only/)
  await assert.rejects(shop.database.query('DELETE FROM stock_movements'), /append-only/)
})

async function addProduct(onHand: number, name = 'Thing', amountMinor = 1_000): Promise<string> {
  const { data } = await shop.call('createProduct', { name, price: { amountMinor, currency: 'USD' }, onHand })
  return data.id
}

/** Locks the stock of a product, as a third process would that is at it. */
async function holdStock(product: string) {
  const [locked, done] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()]
  const holding = shop.database.transaction(async (tx) => {
    const [row] = await tx.query<{ pid: number }>(
      'SELECT pg_backend_pid() AS pid FROM stock WHERE product_id = $1::bigint FOR UPDATE',
      [product],
    )
    locked.resolve(row!.pid)
    await done.promise
  })
  const holder = await locked.promise
  return {
    async untilWaiting(count: number): Promise<void> {
      const deadline = performance.now() + 10_000
      for (let waiting = 0; waiting < count;) {
        assert.ok(performance.now() < deadline, `${waiting} of ${count} wait for the stock`)
        // The second stands behind the first, not behind the holder.
        const rows = await shop.database.query(
          `WITH RECURSIVE behind (pid) AS (
             SELECT $1::int UNION SELECT a.pid FROM pg_stat_activity a JOIN behind b ON b.pid = ANY (pg_blocking_pids(a.pid)))
           SELECT pid FROM behind`,
          [holder],
        )
        waiting = rows.length - 1
      }
    },
    async release(): Promise<void> {
      done.resolve()
      await holding
    },
  }
}

function newOrder(...items: readonly (readonly [productId: string, quantity: number])[]) {
  return {
    orderId: createOwnedId('ord', '42', systemRandom),
    userId: '42',
    items: items.map(([productId, quantity]) => ({ productId, quantity })),
  }
}

function confirm(orderId: string): Promise<void> {
  return shop.deliver('products.sell-reserved', [storedEvent('orders.order-confirmed.v1', orderId, { orderId })])
}

async function availableOf(productId: string): Promise<number> {
  return (await shop.call('getProduct', { productId })).data.available
}

async function movementsOf(productId: string): Promise<(readonly [string, number])[]> {
  const rows = await shop.database.query<{ kind: string; quantity: number }>(
    'SELECT kind, quantity FROM stock_movements WHERE product_id = $1 ORDER BY number',
    [productId],
  )
  return rows.map(({ kind, quantity }) => [kind, quantity])
}
