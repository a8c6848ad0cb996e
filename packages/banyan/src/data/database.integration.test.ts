import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isError } from '../core/index.ts'
import { startPostgresProxy, startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { createDatabase, type Database, dataErrors, type DatabaseOptions, type Transaction } from './index.ts'

describe('database', () => {
  let server: TestPostgres
  let options: DatabaseOptions
  let db: Database

  before(async () => {
    server = await startTestPostgres({ fsync: false })
    options = await server.schema('orders')
    db = createDatabase(options)
    await db.transaction(async (tx) => {
      tx.execute('CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL)')
      tx.execute('CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)')
    })
  })
  after(async () => {
    await db.stop()
    await server.stop()
  })

  const namesOf = async (id: number) =>
    (await db.query<{ name: string }>('SELECT name FROM things WHERE id = $1', [id])).map((row) => row.name)

  test('runs as the role of the service, in its schema, in UTC', async () => {
    const [row] = await db.query('SELECT current_user AS role, current_schema AS schema, current_setting($1) AS zone', [
      'TimeZone',
    ])
    assert.deepEqual(row, { role: 'banyan_orders', schema: 'orders', zone: 'UTC' })
  })

  test('commits what the transaction executed without awaiting it', async () => {
    const answer = await db.transaction(async (tx) => {
      tx.execute('INSERT INTO things VALUES (1, $1)', ['one'])
      return 'done'
    })
    assert.equal(answer, 'done')
    assert.deepEqual(await namesOf(1), ['one'])
  })

  test('a statement that fails behind the last await fails the transaction with its own error', async () => {
    const failing = db.transaction(async (tx) => {
      tx.execute('INSERT INTO things VALUES (2, $1)', ['two'])
      tx.execute('INSERT INTO things VALUES (1, $1)', ['again'])
    })
    await assert.rejects(failing, { code: '23505' })
    assert.deepEqual(await namesOf(2), [])
  })

  test('a failing statement costs no connection', async () => {
    await using own = createDatabase({ ...options, limits: { connections: 1 } })
    const backend = () => own.transaction((tx) => tx.query('SELECT pg_backend_pid() AS pid'))
    const before = await backend()
    const faults = [
      async (tx: Transaction) => tx.execute('INSERT INTO things VALUES (1, $1)', ['again']),
      async (tx: Transaction) => void (await tx.query('SELECT 1 / 0')),
      async (tx: Transaction) => void (await tx.query('SELECT 1 / 0').catch(() => null)),
    ]
    for (const fault of faults) await assert.rejects(own.transaction(fault))
    assert.deepEqual(await backend(), before)
  })

  test('a value that cannot be sent fails the transaction, awaited or not', async () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const bad = (tx: Transaction) => tx.query('SELECT $1::jsonb', [circular])
    const works = [
      async (tx: Transaction) => tx.execute('SELECT $1::jsonb', [circular]),
      async (tx: Transaction) => void bad(tx).catch(() => null),
      async (tx: Transaction) => void (await bad(tx)),
    ]
    for (const [n, work] of works.entries()) {
      const failing = db.transaction(async (tx) => {
        tx.execute('INSERT INTO things VALUES ($1, $2)', [50 + n, 'lost'])
        await work(tx)
      })
      await assert.rejects(failing, TypeError)
      assert.deepEqual(await namesOf(50 + n), [])
    }
    await assert.rejects(db.query('SELECT $1::jsonb', [circular]), TypeError)
  })

  test('the wrong number of values is a fault of the statement, not of the connection', async () => {
    await assert.rejects(db.query('SELECT $1::int', []), { code: '08P01' })
    await assert.rejects(
      db.transaction((tx) => tx.query('SELECT $1::int', [1, 2])),
      { code: '08P01' },
    )
  })

  test('an error that the work swallowed still fails the transaction', async () => {
    const failing = db.transaction(async (tx) => {
      tx.execute('INSERT INTO things VALUES (3, $1)', ['three'])
      await tx.query('SELECT 1 / 0').catch(() => null)
    })
    await assert.rejects(failing, { code: '22012' })
    assert.deepEqual(await namesOf(3), [])
  })

  test('what the work throws is thrown as it came, and rolled back', async () => {
    const mine = new Error('mine')
    const failing = db.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (4, $1)', ['four'])
      throw mine
    })
    await assert.rejects(failing, (error) => error === mine)
    assert.deepEqual(await namesOf(4), [])
  })

  test('a fault that the work turned into another error is thrown as that one', async () => {
    const mine = new Error('taken')
    const failing = db.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (1, $1)', ['again']).catch(() => Promise.reject(mine))
    })
    await assert.rejects(failing, (error) => error === mine)
  })

  test('a statement that was not awaited explains why those behind it were refused', async () => {
    const failing = db.transaction(async (tx) => {
      tx.execute('INSERT INTO things VALUES (1, $1)', ['again'])
      await new Promise((resolve) => setImmediate(resolve))
      await tx.query('SELECT 1')
    })
    await assert.rejects(failing, { code: '23505' })
  })

  test('a transaction that issues nothing takes no statement to the server', async () => {
    assert.equal(await db.transaction(async () => 7), 7)
  })

  test('statements after the end are refused', async () => {
    const kept = await db.transaction(async (tx) => {
      await tx.query('SELECT 1')
      return tx
    })
    const isOver = (error: unknown) => isError(error, dataErrors.TRANSACTION_OVER)
    await assert.rejects(kept.query('SELECT 2'), isOver)
    assert.throws(() => kept.execute('SELECT 2'), isOver)
  })

  test('a read transaction sees one snapshot and writes nothing', async () => {
    const seen = await db.transaction(
      async (tx) => {
        const before = await tx.query('SELECT count(*)::int AS n FROM things')
        await db.transaction(async (other) => other.execute('INSERT INTO things VALUES (10, $1)', ['ten']))
        return [before, await tx.query('SELECT count(*)::int AS n FROM things')]
      },
      { mode: 'read' },
    )
    assert.deepEqual(seen[0], seen[1])
    const writing = db.transaction(async (tx) => tx.execute('DELETE FROM things'), { mode: 'read' })
    await assert.rejects(writing, { code: '25006' })
  })

  test('two transactions that deadlock both succeed', async () => {
    // The server looks for deadlocks after a second of waiting; on a busy machine that comes close to the lock timeout.
    await using patient = createDatabase({ ...options, limits: { lockTimeoutMs: 20_000, statementTimeoutMs: 20_000 } })
    await db.transaction(async (tx) => tx.execute('INSERT INTO counters VALUES (1, 0), (2, 0)'))
    let runs = 0
    const both = Promise.withResolvers<void>()
    const add = async (first: number, second: number) =>
      patient.transaction(async (tx) => {
        await tx.query('UPDATE counters SET value = value + 1 WHERE id = $1', [first])
        if (++runs === 2) both.resolve()
        await both.promise
        tx.execute('UPDATE counters SET value = value + 1 WHERE id = $1', [second])
      })
    await Promise.all([add(1, 2), add(2, 1)])
    assert.deepEqual(await db.query('SELECT value FROM counters ORDER BY id'), [{ value: 2 }, { value: 2 }])
    assert.ok(runs > 2, 'one of them ran twice')
  })

  test('one failing autocommit statement leaves those beside it alone', async () => {
    const outcomes = await Promise.allSettled([
      db.query('SELECT 1 AS n'),
      db.query('SELECT 1 / $1::int AS n', [0]),
      db.query('SELEC 1'),
      db.query('SELEC 1'),
      db.query('SELECT 1 / $1::int AS n', [1]),
      db.query('SELECT $1::int AS n', ['x']),
      db.query('SELECT 2 AS n'),
    ])
    const codes = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as { code: string }).code,
    )
    assert.deepEqual(codes, [[{ n: 1 }], '22012', '42601', '42601', [{ n: 1 }], '22P02', [{ n: 2 }]])
    assert.deepEqual(await db.query('SELECT 1 / $1::int AS n', [1]), [{ n: 1 }])
  })

  test('a prepared statement is prepared anew when its columns change', async () => {
    const read = () => db.query('SELECT * FROM changing')
    await db.transaction(async (tx) => tx.execute('CREATE TABLE changing (a int)'))
    await db.query('INSERT INTO changing VALUES (1)')
    assert.deepEqual(await read(), [{ a: 1 }])
    await db.transaction(async (tx) => tx.execute('ALTER TABLE changing ADD COLUMN b text'))
    await assert.rejects(read(), { code: '0A000' })
    assert.deepEqual(await read(), [{ a: 1, b: null }])
  })

  test('types: bigint and numeric as text, dates as text, timestamptz as Date, json parsed, bytea as Buffer', async () => {
    const [row] = await db.query(
      "SELECT 9007199254740993::bigint AS big, 1.10::numeric AS num, DATE '2026-01-02' AS day, " +
        "TIMESTAMP '2026-01-02 03:04:05' AS plain, TIMESTAMPTZ '2026-01-02 03:04:05Z' AS zoned, " +
        "'{\"a\":[1]}'::jsonb AS doc, '\\x00ff'::bytea AS bytes, ARRAY[1,2] AS list, NULL AS nothing",
    )
    assert.deepEqual(row, {
      big: '9007199254740993',
      num: '1.10',
      day: '2026-01-02',
      plain: '2026-01-02 03:04:05',
      zoned: new Date('2026-01-02T03:04:05Z'),
      doc: { a: [1] },
      bytes: Buffer.from([0, 255]),
      list: [1, 2],
      nothing: null,
    })
  })

  test('a command takes two round trips: BEGIN with its reads, its writes with COMMIT', async () => {
    await using proxy = await startPostgresProxy(server.connection)
    await using proxied = createDatabase({ ...options, connection: proxy.connection, limits: { connections: 1 } })
    const command = (id: number) =>
      proxied.transaction(async (tx) => {
        await Promise.all([
          tx.query('SELECT 1 FROM things WHERE id = $1', [id]),
          tx.query('SELECT value FROM counters WHERE id = $1 FOR UPDATE', [1]),
        ])
        tx.execute('UPDATE counters SET value = value + 1 WHERE id = $1', [1])
        tx.execute('INSERT INTO things VALUES ($1, $2)', [id, 'x'])
      })
    await command(100)
    const before = proxy.requests
    await command(101)
    assert.equal(proxy.requests - before, 2)
  })

  test('a full queue and a long wait are refused, an abort ends the wait', async () => {
    await using small = createDatabase({ ...options, limits: { connections: 1, maxWaiting: 1, waitTimeoutMs: 200 } })
    const held = Promise.withResolvers<void>()
    const holder = small.transaction(async (tx) => {
      await tx.query('SELECT 1')
      await held.promise
    })
    const isExhausted = (error: unknown) => isError(error, dataErrors.POOL_EXHAUSTED)
    const waiting = assert.rejects(
      small.transaction(async () => null),
      isExhausted,
    )
    await assert.rejects(
      small.transaction(async () => null),
      isExhausted,
    )
    await waiting
    const giveUp = new AbortController()
    const aborted = small.transaction(async () => null, { signal: giveUp.signal })
    giveUp.abort()
    await assert.rejects(aborted, { code: 'api.CANCELLED' })
    held.resolve()
    await holder
  })

  test('stop waits for running transactions, may be called twice, and refuses what comes later', async () => {
    const own = createDatabase(options)
    await own.query('SELECT 1')
    const started = Promise.withResolvers<void>()
    const running = own.transaction(async (tx) => {
      started.resolve()
      return tx.query<{ n: number }>('SELECT pg_sleep(0.1), 5 AS n')
    })
    await started.promise
    const reading = own.query('SELECT 6 AS n')
    await Promise.all([own.stop(), own.stop()])
    assert.equal((await running)[0]?.n, 5)
    assert.deepEqual(await reading, [{ n: 6 }])
    await assert.rejects(
      own.transaction(async () => null),
      (error) => isError(error, dataErrors.STOPPED),
    )
    await assert.rejects(own.query('SELECT 1'), (error) => isError(error, dataErrors.STOPPED))
  })

  test('options are checked at once, each fault named', () => {
    assert.throws(
      () => createDatabase({ ...options, schema: 'a; DROP', limits: { connections: 0, waits: 1 } as object }),
      (error: Error) => ['schema', 'limits.connections', 'waits'].every((option) => error.message.includes(option)),
    )
  })
})
