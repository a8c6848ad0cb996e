import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isError, systemClock } from '../core/index.ts'
import { startPostgresProxy, startTestPostgres, type TestPostgres, until } from '../testing/index.ts'
import { createDatabase, type Database, dataErrors, type DatabaseOptions } from './index.ts'
import { createStatementTexts } from './connection/statement-texts.ts'

describe('database under faults', () => {
  let server: TestPostgres
  let options: DatabaseOptions

  before(async () => {
    server = await startTestPostgres()
    options = await server.schema('orders')
    await using db = createDatabase(options)
    await db.transaction(async (tx) => tx.execute('CREATE TABLE things (id int PRIMARY KEY)'))
  })
  after(() => server.stop())

  const isUnavailable = (error: unknown) => isError(error, dataErrors.UNAVAILABLE)
  const insert = (db: Database, id: number) =>
    db.transaction(async (tx) => tx.execute('INSERT INTO things VALUES ($1)', [id]))
  const exists = async (db: Database, id: number) =>
    (await db.query('SELECT 1 FROM things WHERE id = $1', [id])).length === 1

  test('a backend terminated in the middle of a transaction: nothing applied, the next one works', async () => {
    await using db = createDatabase({ ...options, limits: { connections: 1 } })
    const failing = db.transaction(async (tx) => {
      tx.execute('INSERT INTO things VALUES (1)')
      const [row] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await terminate(row!.pid)
      await tx.query('SELECT 1')
    })
    await assert.rejects(failing, isUnavailable)
    assert.equal(await exists(db, 1), false)
    await insert(db, 2)
    assert.equal(await exists(db, 2), true)
  })

  test('a backend terminated while its connection idles is not lent again', async () => {
    await using db = createDatabase({ ...options, limits: { connections: 1, readConnections: 1 } })
    const [[writer], [reader]] = await Promise.all([
      db.transaction((tx) => tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')),
      db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'),
    ])
    await terminate(writer!.pid)
    await terminate(reader!.pid)
    await until(() => db.query('SELECT 1').then(Boolean, () => false))
    await until(() =>
      insert(db, 3).then(
        () => true,
        () => false,
      ),
    )
  })

  test('the answer to COMMIT is lost: the outcome is unknown, and here it was applied', async () => {
    await using proxy = await startPostgresProxy(server.connection)
    await using db = createDatabase({ ...options, connection: proxy.connection, limits: { connections: 1 } })
    await insert(db, 4)
    proxy.loseAnswerTo(createStatementTexts(1).find('COMMIT').name!)
    await assert.rejects(insert(db, 5), (error) => isError(error, dataErrors.COMMIT_UNKNOWN))
    assert.equal(await exists(db, 5), true)
    await insert(db, 6)
  })

  test('a fault that arrives before the end of its answer leaves nobody inside an aborted transaction', async () => {
    await using proxy = await startPostgresProxy(server.connection)
    await using db = createDatabase({ ...options, connection: proxy.connection, limits: { connections: 1 } })
    const twice = () => db.transaction(async (tx) => tx.execute('INSERT INTO things VALUES (70)'))
    await twice()
    proxy.splitAnswers()
    await assert.rejects(twice(), { code: '23505' })
    await insert(db, 71)
    assert.equal(await exists(db, 71), true)
  })

  test('the answer to what comes before COMMIT is lost: nothing applied', async () => {
    await using proxy = await startPostgresProxy(server.connection)
    await using db = createDatabase({ ...options, connection: proxy.connection, limits: { connections: 1 } })
    proxy.loseAnswerTo('INSERT INTO things VALUES (7)')
    const failing = db.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (7)')
    })
    await assert.rejects(failing, isUnavailable)
    assert.equal(await exists(db, 7), false)
  })

  test('the answer to an autocommit statement is lost: its effect is unknown', async () => {
    await using proxy = await startPostgresProxy(server.connection)
    await using db = createDatabase({ ...options, connection: proxy.connection })
    proxy.loseAnswerTo('SELECT 8')
    await assert.rejects(db.query('SELECT 8'), (error) => isError(error, dataErrors.CONNECTION_LOST))
    assert.deepEqual(await db.query('SELECT 9 AS n'), [{ n: 9 }])
  })

  test('a connection that falls silent is cut', async () => {
    await using proxy = await startPostgresProxy(server.connection)
    const limits = { connections: 1, silenceTimeoutMs: 500, connectTimeoutMs: 2_000 }
    await using db = createDatabase({ ...options, connection: proxy.connection, limits })
    await insert(db, 10)
    proxy.fallSilent()
    const startMs = systemClock.monotonicMs()
    // COMMIT had left with the insert.
    await assert.rejects(insert(db, 11), (error) => isError(error, dataErrors.COMMIT_UNKNOWN))
    assert.ok(systemClock.monotonicMs() - startMs < 7_500, 'half of the default')
  })

  test('waits for locks and slow statements end by themselves, and the connection stays', async () => {
    const limits = { connections: 2, lockTimeoutMs: 50, statementTimeoutMs: 100 }
    await using db = createDatabase({ ...options, limits })
    await insert(db, 12)
    await db.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM things WHERE id = 12 FOR UPDATE')
      const other = db.transaction((second) => second.query('SELECT 1 FROM things WHERE id = 12 FOR UPDATE'))
      await assert.rejects(other, { code: '55P03' })
    })
    await assert.rejects(
      db.transaction((tx) => tx.query('SELECT pg_sleep(5)')),
      { code: '57014' },
    )
    await insert(db, 13)
  })

  test('idle in a transaction for too long: the server ends it, the pool recovers', async () => {
    const limits = { connections: 1, idleInTransactionTimeoutMs: 50 }
    await using db = createDatabase({ ...options, limits })
    const failing = db.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (14)')
      await until(() => exists(db, 2)) // something else for a while
      await systemClock.sleep(200)
      tx.execute('INSERT INTO things VALUES (15)')
    })
    await assert.rejects(failing, isUnavailable)
    assert.equal(await exists(db, 14), false)
    await insert(db, 16)
  })

  test('the server is killed and comes back: refused at once meanwhile, then healed, nothing acknowledged is lost', async () => {
    await using db = createDatabase({ ...options, limits: { coolDownMs: 50 } })
    const acknowledged: number[] = []
    for (let id = 100; id < 120; id++) {
      await insert(db, id)
      acknowledged.push(id)
    }
    const pid = server.embedded.processId
    process.kill(pid, 'SIGKILL')
    await until(() => insert(db, 200).then(() => false, isUnavailable))
    const startMs = systemClock.monotonicMs()
    const refusals = await Promise.all(
      Array.from({ length: 100 }, (_, n) => insert(db, 1_000 + n).then(() => false, isUnavailable)),
    )
    const elapsedMs = systemClock.monotonicMs() - startMs
    assert.ok(
      refusals.every(Boolean) && elapsedMs < 250,
      `${refusals.filter(Boolean).length} refused in ${elapsedMs} ms`,
    )
    await until(() =>
      insert(db, 201).then(
        () => true,
        () => false,
      ),
    )
    const kept = await db.query<{ id: number }>('SELECT id FROM things WHERE id BETWEEN 100 AND 119 ORDER BY id')
    assert.deepEqual(
      kept.map((row) => row.id),
      acknowledged,
    )
    assert.notEqual(server.embedded.processId, pid)
  })

  async function terminate(pid: number): Promise<void> {
    await using admin = createDatabase({ name: 'admin', connection: server.connection })
    await admin.query('SELECT pg_terminate_backend($1, 5000)', [pid])
  }
})
