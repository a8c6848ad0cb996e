import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { systemClock, systemRandom } from '../../core/index.ts'
import { createDatabase, type Database } from '../../data/index.ts'
import { appendEvents, createLogSource, type LocalLogSource } from '../../log/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { startTestPostgres, type TestPostgres, until } from '../../testing/index.ts'
import { type Consumer, type ProjectionDefinition, rebuildProjection, startConsumer, toConsumer } from '../index.ts'

const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }

/** Sums per aggregate. */
const totals: ProjectionDefinition = {
  name: 'orders.totals',
  types: ['orders.counted.v1'],
  table: 'totals',
  async apply(tx, table, events) {
    tx.execute(
      `INSERT INTO ${table} AS known (id, total)
       SELECT id, sum(amount) FROM unnest($1::text[], $2::int[]) AS event (id, amount) GROUP BY id ORDER BY id
       ON CONFLICT (id) DO UPDATE SET total = known.total + excluded.total`,
      [events.map((at) => at.aggregateId), events.map((at) => (at.payload as { amount: number }).amount)],
    )
  },
}

describe('a rebuild', () => {
  let postgres: TestPostgres
  let database: Database
  let source: LocalLogSource
  let live: Consumer
  let versions: Map<string, number>

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const areas = ['log', 'events'].map((area) => ({
      area,
      folder: new URL(`../../${area}/migrations/`, import.meta.url),
    }))
    database = createDatabase(await postgres.schema('orders', areas))
    await database.query('CREATE TABLE totals (id text PRIMARY KEY, total bigint NOT NULL) WITH (fillfactor = 70)')
  })

  beforeEach(async () => {
    versions = new Map()
    await database.query('TRUNCATE banyan_log, totals, banyan_positions, banyan_attempts, banyan_dead_letters')
    source = createLogSource({ ...tools, database, log: { producer: 'orders', shard: 0, epoch: 1 } })
    live = startConsumer({ ...tools, database, definition: toConsumer(totals), sources: [source] })
  })

  afterEach(async () => {
    await live.stop()
    await source.stop()
  })

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('finds nothing to say about a table that is right, while events keep coming', async () => {
    let isWriting = true
    const writing = (async () => {
      for (let number = 0; isWriting; number++) await append(`a${number % 5}`)
    })()
    await until(async () => (await sum()) > 50)
    const result = await rebuildProjection(options())
    isWriting = false
    await writing
    assert.deepEqual([result.rows, result.differences, result.examples], [5, 0, []])
    assert.equal(result.swapped, true)
    await append('a0')
    await until(async () => (await sum()) === (await published()))
    const [row] = await database.query<{ reloptions: string[] }>(
      `SELECT reloptions FROM pg_class WHERE oid = 'totals'::regclass`,
    )
    assert.deepEqual(row!.reloptions, ['fillfactor=70'])
    assert.deepEqual(await leftovers(), [])
  })

  test('says where the live table was wrong, and puts it right', async () => {
    for (const id of ['a', 'b', 'b', 'c']) await append(id)
    await until(async () => (await sum()) === 4)
    await database.query(`UPDATE totals SET total = 7 WHERE id = 'b'`)
    await database.query(`UPDATE totals SET id = 'd' WHERE id = 'c'`)
    const compared = await rebuildProjection({ ...options(), swap: false })
    assert.deepEqual(compared.examples, [
      'id "b": live {"total": 7}, rebuilt {"total": 2}',
      'id "c": live nothing, rebuilt {"id": "c", "total": 1}',
      'id "d": live {"id": "d", "total": 1}, rebuilt nothing',
    ])
    assert.deepEqual([await sum(), compared.swapped, await leftovers()], [9, false, []])
    assert.equal((await rebuildProjection(options())).differences, 3)
    assert.equal(await sum(), 4)
    assert.equal((await rebuildProjection(options())).differences, 0)
  })

  test('without a primary key nobody can tell which rows belong together: each is one', async () => {
    await database.query('DROP TABLE totals')
    await database.query('CREATE TABLE totals (id text NOT NULL UNIQUE, total bigint NOT NULL)')
    await append('a')
    await until(async () => (await sum()) === 1)
    await database.query('UPDATE totals SET total = 7')
    const { differences, examples } = await rebuildProjection(options())
    assert.deepEqual(
      [differences, ...examples],
      [
        2,
        'a row: live nothing, rebuilt {"id": "a", "total": 1}',
        'a row: live {"id": "a", "total": 7}, rebuilt nothing',
      ],
    )
    await database.query('ALTER TABLE totals ADD PRIMARY KEY (id)')
  })

  test('broken off, it leaves the live table alone, and goes on or begins anew', async () => {
    for (let number = 0; number < 30; number++) await append(`a${number}`)
    await until(async () => (await sum()) === 30)
    let applied = 0
    const breaking: ProjectionDefinition = {
      ...totals,
      apply(tx, table, events) {
        if (table === 'totals_rebuild' && applied++ > 2) throw Object.assign(new Error('gone'), CONNECTION_LOST)
        return totals.apply(tx, table, events)
      },
    }
    const broken = { ...options(), projection: breaking, timeoutMs: 400, limits: { maxEvents: 5 } }
    await assert.rejects(rebuildProjection(broken), { code: 'events.NOT_CAUGHT_UP' })
    assert.equal(await sum(), 30)
    assert.deepEqual(await leftovers(), ['totals_rebuild'])
    const resumed = await rebuildProjection({ ...options(), resume: true })
    assert.deepEqual([resumed.rows, resumed.differences], [30, 0])
    await assert.rejects(rebuildProjection({ ...broken, timeoutMs: 100 }), { code: 'events.NOT_CAUGHT_UP' })
    const anew = await rebuildProjection(options())
    assert.deepEqual([anew.rows, anew.differences, await leftovers()], [30, 0, []])
  })

  test('refuses a table whose name could be more than a name', async () => {
    const projection = { ...totals, table: 'totals; DROP TABLE totals' }
    await assert.rejects(rebuildProjection({ ...options(), projection }), { code: 'events.BAD_TABLE_NAME' })
  })

  const CONNECTION_LOST = { severity: 'FATAL', code: '57P01' }

  function options() {
    return { ...tools, database, projection: totals, sources: [source] }
  }

  async function append(aggregateId: string): Promise<void> {
    const version = (versions.get(aggregateId) ?? 0) + 1
    versions.set(aggregateId, version)
    const event = { type: 'orders.counted.v1', aggregateId, version, payload: { amount: 1 } }
    await database.transaction(async (tx) => appendEvents(tx, [event]))
    source.notifyAppend()
  }

  async function sum(): Promise<number> {
    const [row] = await database.query<{ sum: number }>('SELECT coalesce(sum(total), 0)::int AS sum FROM totals')
    return row!.sum
  }

  async function published(): Promise<number> {
    return source.countUpTo(Number.MAX_SAFE_INTEGER)
  }

  async function leftovers(): Promise<string[]> {
    const rows = await database.query<{ name: string }>(`
      SELECT relname AS name FROM pg_class WHERE relname = 'totals_rebuild'
      UNION ALL SELECT DISTINCT consumer FROM banyan_positions WHERE consumer LIKE '%#rebuild'
        AND NOT EXISTS (SELECT FROM pg_class WHERE relname = 'totals_rebuild')`)
    return rows.map((row) => row.name)
  }
})
