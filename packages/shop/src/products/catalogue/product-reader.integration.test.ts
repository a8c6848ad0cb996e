import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Session } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { products } from '../contract.ts'
import { productsService } from '../service.ts'
import { createProductReader } from './product-reader.ts'
import { readProducts } from './product-store.ts'

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

test('what is held never shows: every change is seen by the next read, as a whole read sees it', async () => {
  const { read } = countedReader()
  const productId = await create('Vase')
  const changes = [
    () => shop.call('setStock', { productId, onHand: 9 }),
    () => shop.call('changeProduct', { productId, name: 'Urn', price: usd(2_000), attributes: { clay: true } }),
    () => shop.call('reserveStock', { orderId: ORDER, userId: '42', items: [{ productId, quantity: 2 }] }),
    () => shop.call('changeProduct', { productId, name: 'Jar', price: usd(3_000) }),
    () => shop.call('releaseStock', { orderId: ORDER, userId: '42' }),
  ]
  for (const change of changes) {
    await change()
    assert.deepEqual(await read([productId]), await readProducts(shop.database, [productId]))
  }
  await shop.call('deleteProduct', { productId })
  assert.deepEqual(await read([productId]), [])
})

test('a second read fetches no description, and a sale changes only what is available', async () => {
  const { read, statements } = countedReader()
  const ids = [await create('One'), await create('Two')]
  await read(ids)
  assert.equal(statements.length, 2)
  await shop.call('setStock', { productId: ids[0]!, onHand: 50 })
  const again = await read(ids)
  assert.equal(statements.length, 3)
  assert.deepEqual(
    again.map(({ available }) => available).toSorted((a, b) => a - b),
    [1, 50],
  )
})

test('what does not fit is fetched each time, and nothing piles up', async () => {
  const { read, statements } = countedReader(10)
  const ids = [await create('Wardrobe'), await create('Chest of drawers')]
  await read(ids)
  await read(ids)
  assert.equal(statements.length, 4)
})

function countedReader(maxHeldCharacters?: number) {
  const statements: string[] = []
  const session: Session = {
    query(sql, values) {
      statements.push(sql)
      return shop.database.query(sql, values)
    },
  }
  return { statements, read: createProductReader(session, { maxHeldCharacters }) }
}

const ORDER = 'ord_42_0000000000000000'

async function create(name: string): Promise<string> {
  return (await shop.call('createProduct', { name, price: usd(1_000), onHand: 1 })).data.id
}

function usd(amountMinor: number) {
  return { amountMinor, currency: 'USD' as const }
}
