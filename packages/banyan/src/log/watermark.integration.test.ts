import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createDatabase, type Database } from '../data/index.ts'
import { startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { appendEvents, lastPosition } from './index.ts'
import { createWatermark, type Watermark } from './watermark.ts'

describe('the watermark, look by look', () => {
  let postgres: TestPostgres
  let database: Database

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const migrations = { area: 'log', folder: new URL('./migrations/', import.meta.url) }
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

  test('what is found drawn is taken for this process’s own while it was, and waited for when the next look finds it still', async () => {
    const watermark = createWatermark(database)
    await drawAndPass(database, watermark)
    assert.equal(watermark.isAlone, true)
    const open = await appendAndWait(database)
    await watermark.advance()
    assert.equal(watermark.isWaiting, false)
    await watermark.advance()
    assert.deepEqual([watermark.isWaiting, watermark.isAlone], [true, false])
    await open.commit()
    await watermark.advance()
    assert.equal(watermark.position, await lastPosition(database))
  })

  test('asked to look closely, it takes nothing for its own', async () => {
    const watermark = createWatermark(database)
    await drawAndPass(database, watermark)
    await append(database)
    watermark.lookClosely()
    await watermark.advance()
    await watermark.advance()
    assert.equal(watermark.position, await lastPosition(database))
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
    await append(database)
    passed.to = (await lastPosition(database)) + 1
    for (let look = 0; look < 3; look++) await watermark.advance()
    assert.deepEqual([watermark.position, watermark.isWaiting], [passed.to, false])
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

/** A look finds what this process has drawn and not committed yet. */
async function drawAndPass(database: Database, watermark: Watermark): Promise<void> {
  const own = await appendAndWait(database)
  await watermark.advance()
  await own.commit()
  watermark.pass(await lastPosition(database))
}

function append(database: Database): Promise<unknown> {
  return database.transaction(async (tx) => appendEvents(tx, [event()]))
}

/** A transaction that has appended and is open. */
async function appendAndWait(database: Database): Promise<{ commit(): Promise<void> }> {
  const { promise: ending, resolve: end } = Promise.withResolvers<void>()
  const { promise: ready, resolve: isReady, reject } = Promise.withResolvers<void>()
  const done = database.transaction(async (tx) => {
    appendEvents(tx, [event()])
    await tx.query('SELECT 1')
    isReady()
    await ending
  })
  done.catch(reject)
  await ready
  return {
    commit() {
      end()
      return done
    },
  }
}

async function nextId(database: Database): Promise<bigint> {
  const [row] = await database.query<{ id: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS id')
  return BigInt(row!.id)
}

let made = 0
function event() {
  return { type: 'orders.tested.v1', aggregateId: `tested-${made++}`, version: 1, payload: {} }
}
