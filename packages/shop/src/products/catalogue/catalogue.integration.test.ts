import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { InputOf } from 'banyan/contract'
import { coreErrors, isError } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { products } from '../contract.ts'
import { productErrors } from '../errors.ts'
import { productsService } from '../service.ts'

type Draft = InputOf<typeof products.operations.createProduct>

let postgres: TestPostgres
let shop: ServiceFixture<typeof products>

before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  shop = await startService(productsService, { postgres })
})

after(async () => {
  await shop[Symbol.asyncDispose]()
  await postgres.stop()
})

test('a product is created with its stock, ledger and events, and read back with versions', async () => {
  const { data } = await shop.call(
    'createProduct',
    draft({ name: 'Globe', onHand: 4, attributes: { "it's": '"{}\\' } }),
  )
  const read = await shop.call('getProduct', { productId: data.id })
  assert.deepEqual(read.data, data)
  assert.equal(data.available, 4)
  assert.deepEqual(data.attributes, { "it's": '"{}\\' })
  assert.equal(read.versions, 'p1.s1')
  assert.equal(read.changedAt, data.updatedAt)
  assert.deepEqual(await eventsOf(data.id), ['products.product-created.v1 1'])
  assert.deepEqual(await eventsOf(`stock-${data.id}`), ['products.stock-set.v1 1'])
})

test('what is left out gets its default', async () => {
  const { data } = await shop.call('createProduct', { name: 'Bare', price: usd(1) })
  assert.deepEqual([data.description, data.category, data.attributes, data.available], ['', 'Other', {}, 0])
})

test('a change replaces everything, counts versions without gap and honours If-Match', async () => {
  const { data } = await shop.call('createProduct', draft({ category: 'Old', attributes: { a: 1 } }))
  const productId = data.id
  const changed = await shop.call('changeProduct', { productId, name: 'New', price: usd(5) }, { ifMatch: 'v2-p1.s1' })
  assert.deepEqual([changed.data.name, changed.data.category, changed.data.attributes], ['New', 'Other', {}])
  assert.equal(changed.versions, 'p2.s1')
  await rejects(
    shop.call('changeProduct', { productId, name: 'Late', price: usd(5) }, { ifMatch: 'p1.s1' }),
    coreErrors.PRECONDITION_FAILED,
  )
  await rejects(shop.call('deleteProduct', { productId }, { ifMatch: 'p1.s1' }), coreErrors.PRECONDITION_FAILED)
  await shop.call('deleteProduct', { productId }, { ifMatch: 'p2.s1' })
  await rejects(shop.call('getProduct', { productId }), coreErrors.NOT_FOUND)
  await rejects(shop.call('deleteProduct', { productId }), coreErrors.NOT_FOUND)
  assert.deepEqual(await eventsOf(productId), [
    'products.product-created.v1 1',
    'products.product-changed.v1 2',
    'products.product-deleted.v1 3',
  ])
})

test('a hundred changes of one product at once: each is one version and one event', async () => {
  const { data } = await shop.call('createProduct', draft({}))
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      shop.call('changeProduct', { productId: data.id, name: `Name ${index}`, price: usd(index + 1) }),
    ),
  )
  assert.equal((await shop.call('getProduct', { productId: data.id })).versions, 'p101.s1')
  assert.equal((await eventsOf(data.id)).length, 101)
})

test('stock: set, restocked, corrected, never below what is reserved; If-Match looks at the stock alone', async () => {
  const productId = (await shop.call('createProduct', draft({ onHand: 10 }))).data.id
  await reserve(productId, 6)
  await rejects(shop.call('setStock', { productId, onHand: 5 }), productErrors.STOCK_RESERVED)
  await rejects(shop.call('setStock', { productId, onHand: 7 }, { ifMatch: 'p1.s1' }), coreErrors.PRECONDITION_FAILED)
  const set = await shop.call('setStock', { productId, onHand: 7 }, { ifMatch: 'p9.s2' })
  const { updatedAt, ...stock } = set.data
  assert.deepEqual(stock, { productId, onHand: 7, reserved: 6, available: 1 })
  assert.ok(updatedAt)
  await shop.call('setStock', { productId, onHand: 20 })
  await shop.call('setStock', { productId, onHand: 20 })
  assert.deepEqual(await movementsOf(productId), ['1 initial 10', '2 corrected -3', '3 restocked 13'])
  assert.equal((await eventsOf(`stock-${productId}`)).length, 3)
  await rejects(shop.call('setStock', { productId: '424242', onHand: 1 }), coreErrors.NOT_FOUND)
})

test('attributes beyond the bounds are refused before anything is written', async () => {
  await rejects(
    shop.call('createProduct', draft({ attributes: { deep: { a: { b: { c: { d: {} } } } } } })),
    productErrors.INVALID_ATTRIBUTES,
  )
})

test('pages follow each other without gap or repeat while products come and go', async () => {
  const ids = await createMany(25, { category: 'Paged' })
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await shop.call('listProducts', { category: 'Paged', limit: 10, cursor })
    if (seen.length === 0) await shop.call('deleteProduct', { productId: ids[0]! })
    seen.push(...page.data.items.map(({ id }) => id))
    cursor = page.data.nextCursor ?? undefined
  } while (cursor)
  assert.deepEqual(seen, ids)
  await rejects(shop.call('listProducts', { cursor: 'bogus' }), coreErrors.INVALID_INPUT)
})

test('search: words in any text, beginnings of the last word, attributes, both with category; names first', async () => {
  const [lamp] = await createMany(1, { name: 'Brass reading lamp', attributes: { bulb: { socket: 'E27' }, watts: 40 } })
  const [shade] = await createMany(1, {
    name: 'Linen shade',
    description: 'Fits every reading lamp.',
    category: 'Shades',
  })
  const [clock] = await createMany(1, { name: 'Clock', attributes: { watts: '40', tags: ['brass'] } })
  assert.deepEqual(await search('reading lamps'), [lamp, shade])
  assert.deepEqual(await search('read'), [lamp, shade])
  assert.deepEqual(await search('reading', { category: 'Shades' }), [shade])
  assert.deepEqual(await search('E27'), [lamp])
  assert.deepEqual(await search('brass'), [lamp, clock])
  assert.deepEqual(await search('watts:40'), [lamp, clock])
  assert.deepEqual(await search('lamp watts:40'), [lamp])
  assert.deepEqual(await search('bulb.socket:E27'), [lamp])
  assert.deepEqual(await search('the'), [])
  assert.deepEqual(await search("' & | ! <-> :* \\ ( )"), [])
  assert.deepEqual(await search('reading lamp', { limit: 1 }), [lamp])
  const first = await shop.call('listProducts', { search: 'reading lamp', limit: 1 })
  assert.deepEqual(await search('reading lamp', { cursor: first.data.nextCursor! }), [shade])
})

async function search(text: string, more: Partial<InputOf<typeof products.operations.listProducts>> = {}) {
  const { data } = await shop.call('listProducts', { search: text, ...more })
  return data.items.map(({ id }) => id)
}

async function createMany(count: number, more: Partial<Draft>): Promise<string[]> {
  const made = await Promise.all(Array.from({ length: count }, () => shop.call('createProduct', draft(more))))
  return made.map(({ data }) => data.id)
}

function draft(more: Partial<Draft>): Draft {
  return { name: 'Thing', price: usd(1_000), ...more }
}

function usd(amountMinor: number) {
  return { amountMinor, currency: 'USD' as const }
}

function reserve(productId: string, quantity: number) {
  return shop.call('reserveStock', {
    orderId: 'ord_42_0000000000000000',
    userId: '42',
    items: [{ productId, quantity }],
  })
}

async function rejects(call: Promise<unknown>, error: { readonly code: string }): Promise<void> {
  await assert.rejects(call, (thrown: Error) => isError(thrown, error as never))
}

async function eventsOf(aggregateId: string): Promise<string[]> {
  const rows = await shop.database.query<{ type: string; version: number }>(
    'SELECT type, version FROM banyan_log WHERE aggregate_id = $1 ORDER BY position',
    [aggregateId],
  )
  return rows.map(({ type, version }) => `${type} ${version}`)
}

async function movementsOf(productId: string): Promise<string[]> {
  const rows = await shop.database.query<{ number: string; kind: string; quantity: number }>(
    'SELECT number, kind, quantity FROM stock_movements WHERE product_id = $1 ORDER BY number',
    [productId],
  )
  return rows.map(({ number, kind, quantity }) => `${number} ${kind} ${quantity}`)
}
