import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { createDatabase, type Database } from '../../data/index.ts'
import { appendEvents, createLogSource, firstLog, type LocalLogSource, type StoredEvent } from '../../log/index.ts'
import { createMetrics, exposeMetrics } from '../../observe/index.ts'
import { brokerTools, startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { cacheErrors } from '../cache-errors.ts'
import { createPurger, type Purger, type PurgerOptions } from './purger.ts'
import type { TagPurge } from './tag-purge.ts'

const tools = brokerTools
const TYPE = 'products.product-changed.v1'
const tagsOf = ({ type, aggregateId }: StoredEvent) => (type === TYPE ? [`product-${aggregateId}`] : [])

/** A cache that notes what it was asked for, and answers only while it is up. */
interface NotedPurge extends TagPurge {
  readonly asked: string[][]
  isUp: boolean
}

function createNotedPurge(): NotedPurge {
  const noted: NotedPurge = {
    name: 'noted',
    asked: [],
    isUp: true,
    async purge(tags) {
      if (!noted.isUp) throw cacheErrors.PURGE_FAILED({ cache: 'noted', count: tags.length, fault: 'it is down' })
      noted.asked.push([...tags])
    },
  }
  return noted
}

describe('purges by the log', () => {
  let postgres: TestPostgres
  let database: Database
  let source: LocalLogSource
  let ends: AsyncDisposableStack
  let version = 0

  before(async () => {
    const area = (name: string) => ({ area: name, folder: new URL(`../../${name}/migrations/`, import.meta.url) })
    postgres = await startTestPostgres({ fsync: false })
    database = createDatabase(await postgres.schema('products', [area('log'), area('events')]))
  })

  beforeEach(async () => {
    ends = new AsyncDisposableStack()
    await database.query('TRUNCATE banyan_log, banyan_relays')
    source = ends.use(createLogSource({ ...tools, database, log: firstLog('products') }))
  })

  afterEach(() => ends.disposeAsync())

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('what changed is purged, and once more when what was on its way has landed', async () => {
    const cache = createNotedPurge()
    const purger = await follow({ cache })
    await change('7')
    await until(() => cache.asked.length === 2, 'both purges')
    assert.deepEqual(cache.asked, [['product-7'], ['product-7']])
    await until(async () => purger.position === (await source.watermark()), 'the position moves')
  })

  test('other events ask for nothing, and the position passes them', async () => {
    const cache = createNotedPurge()
    const purger = await follow({ cache })
    await append('products.stock-set.v1', '7')
    await until(async () => purger.position === (await source.watermark()), 'the position moves')
    assert.deepEqual(cache.asked, [])
  })

  test('a cache that is away is asked until it answers; then few times for all that changed meanwhile', async () => {
    const cache = createNotedPurge()
    const metrics = createMetrics()
    const purger = await follow({ cache, metrics })
    cache.isUp = false
    const stood = purger.position
    for (const id of ['1', '2', '1', '3']) await change(id)
    await until(() => failures(metrics) >= 3, 'some attempts')
    assert.equal(purger.position, stood)
    cache.isUp = true
    await until(async () => purger.position === (await source.watermark()), 'the position moves')
    assert.deepEqual(new Set(cache.asked.flat()), new Set(['product-1', 'product-2', 'product-3']))
    assert.ok(cache.asked.length <= 4, `${cache.asked.length} requests for four changes, purged twice`)
  })

  test('a process that ends between the two purges leaves both to the next', async () => {
    const cache = createNotedPurge()
    const first = await follow({ cache, againMs: 600_000 })
    await change('7')
    await until(() => cache.asked.length === 1, 'the first purge')
    await first.stop()
    await follow({ cache, processName: 'products-2' })
    await until(() => cache.asked.length === 3, 'both purges again')
    assert.deepEqual(new Set(cache.asked.flat()), new Set(['product-7']))
  })

  test('what happens while nobody runs is purged by whoever comes next', async () => {
    const cache = createNotedPurge()
    const first = await follow({ cache })
    await first.stop()
    await change('8')
    await follow({ cache, processName: 'products-2' })
    await until(() => cache.asked.length === 2, 'both purges')
    assert.deepEqual(cache.asked[0], ['product-8'])
  })

  test('one process of several does it, for each cache', async () => {
    const [one, other] = [createNotedPurge(), { ...createNotedPurge(), name: 'other' }]
    const first = await follow({ cache: one })
    await follow({ cache: other, processName: 'products-2' })
    const second = start({ cache: one, processName: 'products-2' })
    await change('9')
    await until(() => one.asked.length === 2 && other.asked.length === 2, 'two purges of each')
    assert.equal(second.position, null)
    await first.stop()
    await until(() => second.position !== null, 'the other takes over')
  })

  test('what is older than any copy may be needs no purge', async () => {
    const cache = createNotedPurge()
    const first = await follow({ cache })
    await first.stop()
    await change('1')
    await database.query(`UPDATE banyan_log SET recorded_at = recorded_at - interval '10 minutes'`)
    await change('2')
    await follow({ cache, processName: 'products-2', maxShownMs: 75_000 })
    await until(() => cache.asked.length === 2, 'both purges')
    assert.deepEqual(new Set(cache.asked.flat()), new Set(['product-2']))
  })

  function start(given: Partial<PurgerOptions> & Pick<PurgerOptions, 'cache'>): Purger {
    const defaults = { processName: 'products-1', maxShownMs: 75_000, againMs: 20, leaseMs: 300, tagsOf }
    return ends.use(createPurger({ ...tools, source, database, ...defaults, ...given }))
  }

  async function follow(given: Partial<PurgerOptions> & Pick<PurgerOptions, 'cache'>): Promise<Purger> {
    const purger = start(given)
    await until(() => purger.position !== null, 'it has the lease')
    return purger
  }

  const change = (id: string) => append(TYPE, id)

  async function append(type: string, aggregateId: string): Promise<void> {
    await database.transaction(async (tx) => appendEvents(tx, [{ type, aggregateId, version: ++version, payload: {} }]))
    source.notifyAppend()
  }

  async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const endAtMs = tools.clock.monotonicMs() + 60_000
    while (!(await isTrue())) {
      assert.ok(tools.clock.monotonicMs() < endAtMs, `waited 60 s until ${what}`)
      await tools.clock.sleep(5)
    }
  }
})

function failures(metrics: ReturnType<typeof createMetrics>): number {
  const line = /banyan_cdn_purges_total\{[^}]*outcome="failed"[^}]*\} (\d+)/.exec(exposeMetrics(metrics))
  return Number(line?.[1] ?? 0)
}
