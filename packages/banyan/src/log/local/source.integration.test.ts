import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../testing/index.ts'
import { appendEvents, createLogSource, lastPosition, type StoredEvent } from '../index.ts'
import { append, event, names, openTransaction, race, readUntil, tools, useLog } from '../log.fixture.ts'
import { readRange } from '../log-store.ts'
import { LOOK } from '../watermark/watermark.ts'

describe('a log with transactions open in it', () => {
  const log = useLog()

  test('an event is final when nothing below it can still commit', async () => {
    await using early = await openTransaction(log.database, 'a')
    await using aborted = await openTransaction(log.database, 'b')
    await using late = await openTransaction(log.database, 'c')
    await late.commit()
    await aborted.rollback()
    assert.deepEqual(await log.source.read(0, 10), [], 'c is committed, but a, which is below it, is open')
    await early.commit()
    assert.deepEqual(names(await log.source.read(0, 10)), ['a', 'c'])
  })

  test('a transaction that began before but appends after does not hold up what is below', async () => {
    await using first = await openTransaction(log.database, 'a')
    await using second = await openTransaction(log.database, 'b')
    await first.commit()
    await second.append('b2')
    await log.source.read(0, 10)
    await second.commit()
    assert.deepEqual(names(await log.source.read(0, 10)), ['a', 'b', 'b2'])
  })

  test('a long transaction of somebody else on the same server holds up nothing', async () => {
    await log.database.query('CREATE TABLE IF NOT EXISTS others (id int)')
    await log.database.transaction(async (foreign) => {
      await foreign.query('INSERT INTO others VALUES (1)')
      await log.database.transaction(async (tx) => appendEvents(tx, [event('a', 1)]))
      const stop = log.source.onAppend(() => undefined)
      assert.deepEqual(names(await readUntil(log.source, 1)), ['a'])
      stop()
    })
  })

  test('listeners wake at once after a commit here, and by the poll after a commit elsewhere', async () => {
    const seen: StoredEvent[] = []
    const take = async () => void seen.push(...(await log.source.read(seen.at(-1)?.position ?? 0, 10)))
    const stop = log.source.onAppend(() => void take())
    await log.database.transaction(async (tx) => appendEvents(tx, [event('a', 1)]))
    log.source.notifyAppend()
    await until(() => seen.length === 1)
    await log.database.transaction(async (tx) => appendEvents(tx, [event('b', 1)]))
    await until(() => seen.length === 2)
    assert.deepEqual(names(seen), ['a', 'b'])
    stop()
  })

  test('after a crash that took positions back, the watermark from before is not trusted', async () => {
    await log.database.transaction(async (tx) => appendEvents(tx, [event('a', 1)]))
    await using drawn = await openTransaction(log.database, 'x', 'y')
    await drawn.rollback()
    const [first] = await log.source.read(0, 10)
    assert.equal(await log.source.watermark(), first!.position + 2)
    // What a crash leaves behind: unlogged tables empty, the sequence back at what was flushed.
    await log.database.query("SELECT setval('banyan_log_position', $1::bigint)", [first!.position])
    await log.database.query('TRUNCATE banyan_log_incarnation')
    await using below = await openTransaction(log.database, 'b')
    await log.database.transaction(async (tx) => appendEvents(tx, [event('c', 1)]))
    assert.deepEqual(await log.source.read(first!.position, 10), [], 'c stands above b, which is open')
    await below.commit()
    assert.deepEqual(names(await readUntil(log.source, 3)), ['a', 'b', 'c'])
  })

  test('listeners are told of what a look found before it failed', async () => {
    let isCut = false
    let isHeld: Promise<void> | null = null
    const database = {
      async query<R>(sql: string, values?: readonly unknown[]): Promise<R[]> {
        if (isHeld && sql === LOOK) await isHeld
        if (isCut && sql.startsWith('SELECT pg_current_xact_id')) {
          isCut = false
          throw new Error('cut on purpose')
        }
        return log.database.query<R>(sql, values)
      },
    }
    await using source = createLogSource({ ...tools, database })
    const from = await source.watermark()
    let woken = 0
    const stop = source.onAppend(() => woken++)
    await using first = await openTransaction(log.database, 'first')
    await append(log.database, 'a')
    await pause(60) // it waits for the first, and then for the second
    await using second = await openTransaction(log.database, 'second')
    await append(log.database, 'b')
    await pause(60)
    const { promise, resolve } = Promise.withResolvers<void>()
    isHeld = promise
    await first.commit()
    await append(log.database, 'c')
    woken = 0
    isCut = true
    isHeld = null
    resolve()
    await until(() => !isCut && woken > 0)
    assert.deepEqual(names(await source.read(from, 10)), ['first', 'a'])
    await second.rollback()
    stop()
  })

  test('the watermark covers what was committed before it was asked for, also first in a life of the server', async () => {
    await append(log.database, 'a')
    await log.database.query('TRUNCATE banyan_log_incarnation')
    await using source = createLogSource({ ...tools, database: log.database })
    assert.equal(await source.watermark(), await lastPosition(log.database))
  })

  test('the same while somebody else’s long transaction is open and there is a hole', async () => {
    await using drawn = await openTransaction(log.database, 'x')
    await drawn.rollback()
    await append(log.database, 'a')
    await log.database.query('CREATE TABLE IF NOT EXISTS others (id int)')
    await log.database.transaction(async (foreign) => {
      await foreign.query('INSERT INTO others VALUES (1)')
      await using source = createLogSource({ ...tools, database: log.database })
      assert.equal(await source.watermark(), await lastPosition(log.database))
    })
  })

  test('a thousand idle listeners cost one poll', async () => {
    let statements = 0
    const counted = {
      query: <R>(sql: string, values?: readonly unknown[]) => (statements++, log.database.query<R>(sql, values)),
    }
    const idle = createLogSource({ ...tools, database: counted })
    const stops = Array.from({ length: 1_000 }, () => idle.onAppend(() => undefined))
    await pause(200)
    for (const stop of stops) stop()
    assert.ok(statements >= 3 && statements <= 25, `${statements} statements in 200 ms`)
    await idle.stop()
  })

  test('random writers: every committed event once, in order', async () => {
    const stop = log.source.onAppend(() => undefined)
    const faults = await race(log.database, { read: (after) => log.source.read(after, 50) })
    stop()
    assert.deepEqual(faults, [])
  })

  test('the same test catches a reader that follows the highest position', async () => {
    const range = { upTo: Number.MAX_SAFE_INTEGER, limit: 50, maxBytes: 1e9 }
    const [row] = await log.database.query<{ id: string }>('SELECT id FROM banyan_log_incarnation')
    const read = async (after: number) =>
      (await readRange(log.database, tools.log, { ...range, after, incarnation: row!.id })) ?? []
    const faults = await race(log.database, { read })
    assert.match(faults.join('\n'), /skipped/)
  })
})
