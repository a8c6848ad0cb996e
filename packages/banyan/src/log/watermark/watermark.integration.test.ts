import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createDatabase, type Database } from '../../data/index.ts'
import { startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { appendEvents, lastPosition } from '../index.ts'
import { createWatermark, LOOK, type Watermark } from './watermark.ts'

describe('the watermark, look by look', () => {
  let postgres: TestPostgres
  let database: Database

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const migrations = { area: 'log', folder: new URL('../migrations/', import.meta.url) }
    database = createDatabase(await postgres.schema('orders', [migrations]))
    await createWatermark(database).advance() // the server's life begins
  })

  beforeEach(() => database.query('TRUNCATE banyan_log'))

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('an event does not wait for the look before it to be settled', async () => {
    const watermark = createWatermark(database)
    const early = await appendAndWait(database)
    await append(database)
    await watermark.advance()
    const late = await appendAndWait(database)
    await append(database)
    await watermark.advance()
    await early.commit()
    await late.commit()
    await watermark.advance()
    assert.equal(watermark.position, await lastPosition(database))
    assert.equal(watermark.isWaiting, false)
  })

  test('what was seen first is final first, while what came later still has company', async () => {
    const watermark = createWatermark(database)
    const early = await appendAndWait(database)
    await append(database)
    await watermark.advance()
    const first = await lastPosition(database)
    const late = await appendAndWait(database)
    await append(database)
    await watermark.advance()
    await early.commit()
    await watermark.advance()
    assert.equal(watermark.position, first)
    await late.commit()
  })

  test('a long transaction of somebody else: one question to the locks settles all that was seen', async () => {
    const watermark = createWatermark(database, { stalledAfterLooks: 3 })
    await database.query('CREATE TABLE IF NOT EXISTS others (id int)')
    await database.transaction(async (foreign) => {
      await foreign.query('INSERT INTO others VALUES (1)')
      for (let look = 0; look < 3; look++) {
        await append(database)
        await watermark.advance()
      }
      const seen = await lastPosition(database)
      const open = await appendAndWait(database)
      await append(database)
      await watermark.advance()
      assert.equal(watermark.position, seen)
      await watermark.advance()
      assert.equal(watermark.position, seen, 'one that appends is open')
      await open.commit()
    })
  })

  test('committed positions without a hole are final at the first look, whoever drew them and whatever else is open', async () => {
    const watermark = await lookOnce(database)
    await database.query('CREATE TABLE IF NOT EXISTS others (id int)')
    await database.transaction(async (foreign) => {
      await foreign.query('INSERT INTO others VALUES (1)')
      for (let event = 0; event < 3; event++) await append(database)
      const end = await lastPosition(database)
      const open = await appendAndWait(database)
      await append(database)
      await watermark.advance()
      assert.deepEqual([watermark.position, watermark.isWaiting], [end, false])
      await open.commit()
    })
  })

  test('a hole is waited for when the next look finds it still, or at once when asked to look closely', async () => {
    const watermark = await lookOnce(database)
    const open = await appendAndWait(database)
    await append(database)
    await watermark.advance()
    assert.deepEqual([watermark.isBehind, watermark.isWaiting], [true, false])
    await watermark.advance()
    assert.equal(watermark.isWaiting, true)
    await open.rollback()
    await watermark.advance()
    assert.equal(watermark.position, await lastPosition(database))
    const another = await appendAndWait(database)
    await append(database)
    watermark.lookClosely()
    await watermark.advance()
    assert.equal(watermark.isWaiting, true)
    await another.rollback()
  })

  test('what is passed while a look is under way stays passed', async () => {
    const passed = { to: 0 }
    const session = {
      async query<R>(sql: string, values?: readonly unknown[]): Promise<R[]> {
        const rows = await database.query<R>(sql, values)
        if (sql.startsWith('SELECT pg_current_xact_id')) watermark.pass(passed.to)
        return rows
      },
    }
    const watermark = createWatermark(session)
    await watermark.advance()
    const open = await appendAndWait(database)
    await append(database)
    passed.to = await lastPosition(database)
    for (let look = 0; look < 2; look++) await watermark.advance()
    await open.rollback()
    assert.deepEqual([watermark.position, watermark.isWaiting], [passed.to, false])
  })

  test('a look never finds more drawn than is, also while another session draws', async () => {
    await database.query('CREATE TABLE falls (by int NOT NULL)')
    await Promise.all([
      database.transaction((tx) => tx.query(DRAW)),
      database.transaction((tx) => tx.query(LOOK_AGAIN)),
    ])
    assert.deepEqual(await database.query('SELECT count(*)::int AS falls FROM falls'), [{ falls: 0 }])
  })

  test('what waits and is passed was not waited for in vain: the locks are not asked', async () => {
    let lockQueries = 0
    const session = {
      query<R>(sql: string, values?: readonly unknown[]): Promise<R[]> {
        if (sql.includes('pg_locks')) lockQueries++
        return database.query<R>(sql, values)
      },
    }
    const watermark = createWatermark(session, { stalledAfterLooks: 3 })
    for (let round = 0; round < 5; round++) {
      const open = await appendAndWait(database)
      await append(database)
      for (let look = 0; look < 3; look++) await watermark.advance()
      await open.commit()
      watermark.pass(await lastPosition(database))
    }
    assert.equal(lockQueries, 0)
  })

  test('no more than the bound waits; the rest is seen when there is room', async () => {
    const watermark = createWatermark(database, { maxWaiting: 2 })
    const open = await appendAndWait(database)
    let ids = 0
    for (let look = 0; look < 5; look++) {
      await append(database)
      const before = await nextId(database)
      await watermark.advance()
      ids += Number((await nextId(database)) - before)
    }
    assert.equal(ids, 2)
    await open.commit()
    for (let look = 0; look < 2; look++) await watermark.advance()
    assert.equal(watermark.position, await lastPosition(database))
  })
})

/** Knows the server's life: from now on a hole may close before it is waited for. */
async function lookOnce(database: Database): Promise<Watermark> {
  const watermark = createWatermark(database)
  await watermark.advance()
  await watermark.advance()
  return watermark
}

function append(database: Database): Promise<unknown> {
  return database.transaction(async (tx) => appendEvents(tx, [event()]))
}

/** A transaction that has appended and is open. */
async function appendAndWait(database: Database): Promise<{ commit(): Promise<void>; rollback(): Promise<void> }> {
  const { promise: ending, resolve: end } = Promise.withResolvers<boolean>()
  const { promise: ready, resolve: isReady, reject } = Promise.withResolvers<void>()
  const done = database.transaction(async (tx) => {
    appendEvents(tx, [event()])
    await tx.query('SELECT 1')
    isReady()
    if (!(await ending)) throw new Error('rolled back on purpose')
  })
  done.catch(reject)
  await ready
  return {
    commit() {
      end(true)
      return done
    },
    rollback() {
      end(false)
      return done.catch(() => undefined)
    },
  }
}

async function nextId(database: Database): Promise<bigint> {
  const [row] = await database.query<{ id: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS id')
  return BigInt(row!.id)
}

const DRAW = `
  DO $$ DECLARE began timestamptz := clock_timestamp();
  BEGIN
    WHILE clock_timestamp() < began + interval '0.5 s' LOOP
      PERFORM nextval('banyan_log_position') FROM generate_series(1, 100);
    END LOOP;
  END $$`

// A sequence only rises: what is found lower was found too high before.
const LOOK_AGAIN = `
  DO $$ DECLARE began timestamptz := clock_timestamp(); before bigint := 0; found bigint;
  BEGIN
    WHILE clock_timestamp() < began + interval '0.4 s' LOOP
      found := (SELECT last_position FROM (${LOOK}) AS look);
      IF found < before THEN INSERT INTO falls VALUES (before - found); END IF;
      before := found;
    END LOOP;
  END $$`

let made = 0
function event() {
  return { type: 'orders.tested.v1', aggregateId: `tested-${made++}`, version: 1, payload: {} }
}
