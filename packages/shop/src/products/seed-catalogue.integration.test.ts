import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestPostgres } from 'banyan/testing'
import { startService } from '../testing/service-fixture.ts'
import { productsService } from './service.ts'

test('two processes seed at once: a thousand products once, with ledger and events, and fast', async () => {
  await using postgres = await startTestPostgres()
  await using shop = await startService(productsService, { postgres })
  await using other = await startService(productsService, { postgres })

  const startedAt = performance.now()
  const answers = await Promise.all([shop.call('seedCatalogue', {}), other.call('seedCatalogue', {})])
  const durationMs = performance.now() - startedAt

  assert.deepEqual(
    answers.map(({ data }) => data),
    [{ products: 1_000 }, { products: 1_000 }],
  )
  const [counts] = await shop.database.query<Record<string, number>>(COUNTS)
  assert.deepEqual(counts, { products: 1_000, movements: 1_000, created: 1_000, stocked: 1_000 })
  assert.ok((await shop.call('audit', {})).data.findings.every(({ ok }) => ok))
  const found = await shop.call('listProducts', { search: 'kettle capacityLitres:1.2' })
  assert.ok(found.data.items.length > 0)
  assert.ok(durationMs < 2_000, `took ${Math.round(durationMs)} ms; 500 on a quiet machine`)
})

const COUNTS = `
  SELECT (SELECT count(*)::int FROM products) AS products,
         (SELECT count(*)::int FROM stock_movements) AS movements,
         (SELECT count(*)::int FROM banyan_log WHERE type = 'products.product-created.v1') AS created,
         (SELECT count(*)::int FROM banyan_log WHERE type = 'products.stock-set.v1') AS stocked`
