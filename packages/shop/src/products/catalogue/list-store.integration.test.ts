import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Transaction } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { products } from '../contract.ts'
import { productsService } from '../service.ts'
import { ALL, BY_ATTRIBUTES, BY_CATEGORY, BY_WORDS } from './list-store.ts'

const PRODUCTS = 10_000
let postgres: TestPostgres
let shop: ServiceFixture<typeof products>

before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  shop = await startService(productsService, { postgres })
  await shop.database.transaction(async (tx) => {
    await tx.query(MANY_PRODUCTS, [PRODUCTS])
    await tx.query(MANY_STOCKS)
  })
  await shop.database.query('ANALYZE products')
  await shop.database.query('ANALYZE stock')
})

after(async () => {
  await shop[Symbol.asyncDispose]()
  await postgres.stop()
})

// Both a plan for these values and one for any: which of them a prepared statement gets is PostgreSQL's choice.
const CASES = [
  { name: 'a common word', sql: BY_WORDS, values: "'material7', NULL, NULL, 0, 0, 21", index: 'products_by_words' },
  { name: 'a rare word', sql: BY_WORDS, values: "'number7777', NULL, NULL, 0, 0, 21", index: 'products_by_words' },
  {
    name: 'a word, an attribute and a category',
    sql: BY_WORDS,
    values: `'number7777', '{"{}"}', 'Category 7', 0, 0, 21`,
    index: 'products_by_(words|category)',
  },
  {
    name: 'an attribute',
    sql: BY_ATTRIBUTES,
    values: `ARRAY['{"size": 77}', '{"size": "77"}']::jsonb[], NULL, 0, 21`,
    index: 'products_by_attributes',
  },
  { name: 'a category', sql: BY_CATEGORY, values: "'Category 7', 0, 21", index: 'products_by_category' },
  { name: 'everything', sql: ALL, values: '0, 21', index: 'products_pkey' },
] as const

for (const mode of ['force_generic_plan', 'force_custom_plan'] as const) {
  for (const { name, sql, values, index } of CASES) {
    test(`${name}: index ${index}, no scan of the catalogue (${mode})`, async () => {
      const plan = await shop.database.transaction((tx) => explain(tx, { mode, sql, values }))
      assert.match(plan, new RegExp(`Index.* ${index}`), plan)
      assert.doesNotMatch(plan, /Seq Scan on (products|stock)/, plan)
    })
  }
}

async function explain(tx: Transaction, query: { mode: string; sql: string; values: string }): Promise<string> {
  await tx.query(`SET LOCAL plan_cache_mode = ${query.mode}`)
  await tx.query(`PREPARE explained AS ${query.sql}`)
  const rows = await tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE explained (${query.values})`)
  await tx.query('DEALLOCATE explained')
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

const MANY_PRODUCTS = `
  INSERT INTO products (id, name, description, category, price_minor, currency, attributes, version, created_at, updated_at)
  SELECT i, 'Thing number' || i, 'One of many things, made of material' || i % 50, 'Category ' || i % 40, 100, 'USD',
         jsonb_build_object('size', i % 500, 'colour', 'colour' || i % 12), 1, now(), now()
  FROM generate_series(1, $1::int) AS i`

const MANY_STOCKS = `
  INSERT INTO stock (product_id, on_hand, reserved, version, movements, events, updated_at)
  SELECT id, 5, 0, 1, 0, 1, now() FROM products`
