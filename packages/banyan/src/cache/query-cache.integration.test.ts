import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { createFrontier, type Frontier } from '../contract/index.ts'
import { createDatabase, type Database } from '../data/index.ts'
import { appendEvents, createLogSource, firstLog, logName, type LocalLogSource } from '../log/index.ts'
import { createMetrics, exposeMetrics } from '../observe/index.ts'
import { brokerTools, startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { createQueryCache, type KeptQuery, type QueryCache } from './query-cache.ts'

const tools = brokerTools
const log = firstLog('products')
const NAME = logName(log)

interface Asked {
  readonly category: string
}

const rule = {
  name: 'products.findPage',
  tags: ({ category }: Asked) => [category],
  invalidatedBy: { 'products.product-changed.v1': ({ category }: Asked) => [category] },
  maxAgeSeconds: 60,
}

describe('results of queries, kept by tag', () => {
  let postgres: TestPostgres
  let database: Database
  let source: LocalLogSource
  let queries: QueryCache
  let frontier: Frontier
  let metrics: ReturnType<typeof createMetrics>
  /** Rows as the database has them, and how often it was asked. */
  let rows: Record<string, number>
  let asked: number
  let find: KeptQuery<Asked, { readonly value: number | undefined }>
  let version = 0

  before(async () => {
    const area = (name: string) => ({ area: name, folder: new URL(`../${name}/migrations/`, import.meta.url) })
    postgres = await startTestPostgres({ fsync: false })
    database = createDatabase(await postgres.schema('products', [area('log')]))
  })

  beforeEach(async () => {
    await database.query('TRUNCATE banyan_log')
    source = createLogSource({ ...tools, database, log })
    frontier = createFrontier()
    metrics = createMetrics()
    const seen = frontier.positions
    queries = createQueryCache({ ...tools, metrics, keeper: 'products', maxBytes: 1_048_576, seen })
    rows = { lamps: 1, chairs: 1 }
    asked = 0
    find = queries.keep(rule, async ({ category }) => {
      asked += 1
      return { value: rows[category] }
    })
    queries.follow([source])
  })

  afterEach(async () => {
    await queries.stop()
    await source.stop()
  })

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('the database is asked once, also by many at the same time', async () => {
    await change('lamps', 2)
    await heard()
    asked = 0
    const answers = await Promise.all(Array.from({ length: 100 }, () => find({ category: 'lamps' })))
    assert.ok(answers.every(({ value }) => value === 2))
    assert.deepEqual(await find({ category: 'lamps' }), { value: 2 })
    assert.equal(asked, 1)
  })

  test('an event ends what stands under its tags, and nothing else', async () => {
    await change('lamps', 2)
    await heard()
    await find({ category: 'lamps' })
    await find({ category: 'chairs' })
    await change('lamps', 3)
    await heard()
    asked = 0
    assert.deepEqual(await find({ category: 'chairs' }), { value: 1 })
    assert.equal(asked, 0)
    assert.deepEqual(await find({ category: 'lamps' }), { value: 3 })
    assert.equal(asked, 1)
  })

  test('what this process has written is seen at once, before the log has told of it', async () => {
    await change('lamps', 2)
    await heard()
    await find({ category: 'lamps' })
    for (let value = 3; value < 30; value++) {
      frontier.raise({ [NAME]: await change('lamps', value) })
      assert.deepEqual(await find({ category: 'lamps' }), { value })
    }
  })

  test('who has seen more than was heard of here gets it from the database', async () => {
    await change('lamps', 2)
    await heard()
    await find({ category: 'lamps' })
    const position = await change('lamps', 3)
    assert.deepEqual(await find({ category: 'lamps' }, { [NAME]: position }), { value: 3 })
    assert.deepEqual(await find({ category: 'lamps' }, { 'orders/0/1': 9_999 }), await find({ category: 'lamps' }))
  })

  test('a fill that began before a change is not kept', async () => {
    await change('lamps', 2)
    await heard()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const slow = queries.keep({ ...rule, name: 'products.slow' }, async ({ category }: Asked) => {
      const value = rows[category]
      await gate
      return { value }
    })
    const old = slow({ category: 'lamps' })
    await change('lamps', 3)
    await heard()
    open()
    assert.deepEqual(await old, { value: 2 }, 'it asked before the change')
    assert.deepEqual(await slow({ category: 'lamps' }), { value: 3 })
  })

  test('figures say how many queries were saved', async () => {
    await change('lamps', 2)
    await heard()
    const before = figures()
    for (let times = 0; times < 10; times++) await find({ category: 'lamps' })
    const now = figures()
    assert.deepEqual([now.hits - before.hits, now.fills - before.fills], [9, 1])
  })

  async function change(category: string, value: number): Promise<number> {
    rows[category] = value
    const event = {
      type: 'products.product-changed.v1',
      aggregateId: category,
      version: ++version,
      payload: { category },
    }
    await database.transaction(async (tx) => appendEvents(tx, [event]))
    source.notifyAppend()
    const [row] = await database.query<{ end: number }>('SELECT max(position)::int AS end FROM banyan_log')
    return row!.end
  }

  function figures(): { readonly hits: number; readonly fills: number } {
    const text = exposeMetrics(metrics)
    const of = (name: string) =>
      Number(
        new RegExp(`^banyan_cache_${name}_total\\{.*operation="products.findPage"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0,
      )
    return { hits: of('hits'), fills: of('fills') }
  }

  /** Until the follower has come as far as the log. */
  async function heard(): Promise<void> {
    const [row] = await database.query<{ end: number }>('SELECT max(position)::int AS end FROM banyan_log')
    const endAtMs = tools.clock.monotonicMs() + 60_000
    const category = `probe ${String(row!.end)}`
    // While it has not, a reader who has seen that much is answered by the database each time.
    for (let before = -1; before !== asked;) {
      await find({ category }, { [NAME]: row!.end })
      before = asked
      await find({ category }, { [NAME]: row!.end })
      assert.ok(tools.clock.monotonicMs() < endAtMs, 'waited 60 s for the log')
      await tools.clock.sleep(2)
    }
  }
})
