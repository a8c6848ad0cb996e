import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import type { Database } from '../../data/index.ts'
import { appendEvents, type Appended, createLogSource } from '../index.ts'
import { append, event, names, openTransaction, race, readUntil, tools, useLog } from '../log.fixture.ts'
import { LOOK } from '../watermark/watermark.ts'

describe('what this process has appended itself', () => {
  const log = useLog()

  for (const share of [0.7, 0.97, 1]) {
    test(`random writers, ${share * 100} % in this process: what comes from memory is what the table holds`, async () => {
      const stop = log.source.onAppend(() => undefined)
      const tell = (appended: Appended) => (Math.random() < share ? log.source.notifyAppend(appended) : undefined)
      const faults = await race(log.database, { read: (after) => log.source.read(after, 50), tell })
      stop()
      assert.deepEqual(faults, [])
    })
  }

  test('what this process has drawn without a hole is final with its commit: nobody is asked, nobody waited for', async () => {
    let statements = 0
    const counted = {
      query: <R>(sql: string, values?: readonly unknown[]) => (statements++, log.database.query<R>(sql, values)),
    }
    await using own = createLogSource({ ...tools, database: counted, pollMs: 60_000 })
    let woken = 0
    const stop = own.onAppend(() => woken++)
    const from = await own.watermark()
    await log.database.query('CREATE TABLE IF NOT EXISTS others (id int)')
    await log.database.transaction(async (foreign) => {
      await foreign.query('INSERT INTO others VALUES (1)')
      statements = woken = 0
      for (const name of ['a', 'b', 'c']) own.notifyAppend(await append(log.database, name))
      assert.deepEqual(names(await own.read(from, 10)), ['a', 'b', 'c'])
    })
    assert.deepEqual({ statements, woken }, { statements: 0, woken: 3 })
    stop()
  })

  test('behind a hole that a roll-back left, and behind what others have drawn, own events are final soon after', async () => {
    const stop = log.source.onAppend(() => undefined)
    const from = await log.source.watermark()
    await using drawn = await openTransaction(log.database, 'x')
    await drawn.rollback()
    log.source.notifyAppend(await append(log.database, 'a'))
    await append(log.database, 'elsewhere')
    log.source.notifyAppend(await append(log.database, 'b'))
    assert.deepEqual(names(await readUntil(log.source, 3, from)), ['a', 'elsewhere', 'b'])
    stop()
  })

  test('what this process appended is not read back, as long as nobody else has appended in between', async () => {
    const reads: string[] = []
    const counted = {
      query: <R>(sql: string, values?: readonly unknown[]) => {
        if (sql.includes('FROM banyan_log\n')) reads.push(sql)
        return log.database.query<R>(sql, values)
      },
    }
    await using own = createLogSource({ ...tools, database: counted })
    const stop = own.onAppend(() => undefined)
    const appendHere = async (...events: string[]) => {
      const pending = await log.database.transaction(async (tx) =>
        appendEvents(
          tx,
          events.map((name) => event(name, 1)),
        ),
      )
      own.notifyAppend(await pending!.afterCommit())
    }
    const from = await own.watermark()
    await appendHere('a', 'b')
    await appendHere('c')
    const [a, b, c] = await readUntil(own, 3, from)
    assert.equal(reads.length, 0)
    await log.database.transaction(async (tx) => appendEvents(tx, [event('elsewhere', 1)]))
    await appendHere('d')
    assert.deepEqual(names(await readUntil(own, 2, c!.position)), ['elsewhere', 'd'])
    assert.equal(reads.length, 1)
    assert.deepEqual([a, b, c], await log.source.read(from, 3), 'as the table tells them')
    stop()
  })

  test('what another life of the server gave these positions to is forgotten, also when the look that finds it fails half way', async () => {
    let isCut = false
    const cut = {
      async query<R>(sql: string, values?: readonly unknown[]): Promise<R[]> {
        if (isCut && sql.startsWith('SELECT pg_current_xact_id')) throw new Error('cut on purpose')
        return log.database.query<R>(sql, values)
      },
    }
    await using own = createLogSource({ ...tools, database: cut, pollMs: 60_000 })
    const stop = own.onAppend(() => undefined)
    const kept = await append(log.database, 'a')
    await own.watermark()
    own.notifyAppend(await append(log.database, 'lost'))
    await own.watermark()
    await failOver(log.database, kept.lastPosition)
    await log.database.query('INSERT INTO banyan_log_incarnation DEFAULT VALUES')
    isCut = true
    await assert.rejects(own.watermark(), /cut on purpose/)
    isCut = false
    await append(log.database, 'new')
    await own.watermark()
    await own.watermark()
    assert.deepEqual(names(await own.read(kept.lastPosition, 10)), ['new'])
    stop()
  })

  test('a commit that was answered late, by the server before a fail-over, does not stand in for what came after', async () => {
    await using own = createLogSource({ ...tools, database: log.database, pollMs: 60_000 })
    const stop = own.onAppend(() => undefined)
    const kept = await append(log.database, 'a')
    await own.watermark()
    const late = await append(log.database, 'lost')
    await failOver(log.database, kept.lastPosition)
    await own.watermark()
    await own.watermark()
    own.notifyAppend(late)
    await append(log.database, 'new')
    await own.watermark()
    assert.deepEqual(names(await own.read(kept.lastPosition, 10)), ['new'])
    stop()
  })

  test('a process that stood still over a fail-over looks before it takes what it has appended for the log', async () => {
    let stoodStillMs = 0
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + stoodStillMs }
    await using own = createLogSource({ ...tools, clock, database: log.database, pollMs: 60_000 })
    const stop = own.onAppend(() => undefined)
    const kept = await append(log.database, 'a')
    await own.watermark()
    const late = await append(log.database, 'lost')
    await failOver(log.database, kept.lastPosition)
    stoodStillMs = 2_000
    own.notifyAppend(late)
    assert.deepEqual(await own.read(kept.lastPosition, 10), [])
    stop()
  })

  test('nor does it trust a look that was under way while it stood still', async () => {
    let stoodStillMs = 0
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + stoodStillMs }
    const { promise: resumed, resolve: resume } = Promise.withResolvers<void>()
    const { promise: looked, resolve: hasLooked } = Promise.withResolvers<void>()
    let holdsAnswer = false
    const database = {
      async query<R>(sql: string, values?: readonly unknown[]): Promise<R[]> {
        const rows = await log.database.query<R>(sql, values)
        if (holdsAnswer && sql === LOOK) hasLooked()
        if (holdsAnswer && sql === LOOK) await resumed
        return rows
      },
    }
    await using own = createLogSource({ ...tools, clock, database, pollMs: 60_000 })
    const stop = own.onAppend(() => undefined)
    const kept = await append(log.database, 'a')
    await own.watermark()
    holdsAnswer = true
    const looking = own.watermark()
    await looked
    const late = await append(log.database, 'lost')
    await failOver(log.database, kept.lastPosition)
    stoodStillMs = 2_000
    own.notifyAppend(late)
    holdsAnswer = false
    resume()
    await looking
    assert.deepEqual(await own.read(kept.lastPosition, 10), [])
    stop()
  })
})

/** What a standby that had not received what stands above `position` looks like once it is promoted. */
async function failOver(database: Database, position: number): Promise<void> {
  await database.query('DELETE FROM banyan_log WHERE position > $1', [position])
  await database.query("SELECT setval('banyan_log_position', $1::bigint)", [position])
  await database.query('TRUNCATE banyan_log_incarnation')
}
