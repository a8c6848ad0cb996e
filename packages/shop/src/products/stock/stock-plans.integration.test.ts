import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Transaction } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { products } from '../contract.ts'
import { productsService } from '../service.ts'
import { LOCK_OFFERS } from './stock-locks.ts'

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

// A connection keeps its plan, made when the catalogue was as large as it was then.
for (const known of [0, 1, 30, 300, 3_000]) {
  test(`each offer is looked up by its key, planned among ${known} products`, async () => {
    await shop.database.transaction((tx) => tx.query(MORE_PRODUCTS, [known]))
    await shop.database.transaction((tx) => tx.query(MORE_STOCKS))
    const plan = await shop.database.transaction((tx) => explain(tx))
    assert.match(plan, /Index Scan using products_pkey/, plan)
    if (known > 0) await shop.database.query('ANALYZE products, stock')
    const analysed = await shop.database.transaction((tx) => explain(tx))
    assert.match(analysed, /Index Scan using products_pkey/, analysed)
  })
}

async function explain(tx: Transaction): Promise<string> {
  await tx.query(`PREPARE explained AS ${LOCK_OFFERS}`)
  const rows = await tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE explained (ARRAY[1, 2])`)
  await tx.query('DEALLOCATE explained')
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

const MORE_PRODUCTS = `
  INSERT INTO products (id, name, description, category, price_minor, currency, attributes, version, created_at, updated_at)
  SELECT i, 'Thing number' || i, 'One of many things', 'Category ' || i % 40, 100, 'USD', '{}', 1, now(), now()
  FROM generate_series(1, $1::int) AS i ON CONFLICT DO NOTHING`

const MORE_STOCKS = `
  INSERT INTO stock (product_id, on_hand, reserved, version, movements, events, updated_at)
  SELECT id, 5, 0, 1, 0, 1, now() FROM products ON CONFLICT DO NOTHING`
