import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isError, systemClock, type Clock, type ErrorFactory } from '../../core/index.ts'
import { startTestPostgres, type TestPostgres, until } from '../../testing/index.ts'
import { createDatabase, startRegistration, dataErrors, migrate, type MigrateOptions } from '../index.ts'

/** Renews when the test says so. */
function createTurns(): { clock: Clock; turn: () => void } {
  let next: () => void = () => undefined
  const schedule = (_: number, task: () => void) => {
    next = task
    return () => void (next = () => undefined)
  }
  return { clock: { ...systemClock, schedule }, turn: () => next() }
}

describe('two releases on one schema', () => {
  let server: TestPostgres
  let folder: string
  let schema: string
  let count = 0

  before(async () => {
    server = await startTestPostgres({ fsync: false })
  })
  after(() => server.stop())
  beforeEach(async () => {
    schema = `releases_${++count}`
    folder = await mkdtemp(join(tmpdir(), 'banyan-releases-'))
    await write('0001-create.sql', 'CREATE TABLE orders (id bigserial PRIMARY KEY, total bigint);')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = (file: string, sql: string) => writeFile(join(folder, file), sql)
  const place = (): MigrateOptions => ({
    connection: server.connection,
    schema,
    role: `banyan_${schema}`,
    sources: [{ area: 'orders', folder: pathToFileURL(folder) }],
  })
  const start = (name: string, release: string) => migrate({ ...place(), process: { name, release } })
  const refused = (starting: Promise<unknown>, factory: ErrorFactory, words: readonly string[]) =>
    assert.rejects(starting, (error: Error) => {
      assert.ok(isError(error, factory), String(error))
      for (const word of words) assert.ok(error.message.includes(word), `${word} is not in: ${error.message}`)
      return true
    })
  const expand = () => write('0002-amount.sql', 'ALTER TABLE orders ADD COLUMN amount bigint;')
  const contract = () => write('0003-drop-total.sql', '-- contract: 0.2.0\nALTER TABLE orders DROP COLUMN total;')

  test('what adds runs beside an older process; what takes away names it and waits until it is gone', async () => {
    await start('orders-1', '0.1.4')
    await expand()
    assert.deepEqual(await start('orders-2', '0.2.0'), ['orders/0002-amount'])
    await contract()
    const names = ['orders/0003-drop-total', '0.2.0', 'orders-1 (0.1.4)', '20 s']
    await refused(start('orders-2', '0.2.0'), dataErrors.MIGRATION_TOO_EARLY, names)
    await using database = createDatabase({ ...place(), name: 'orders' })
    assert.deepEqual(await database.query('SELECT total, amount FROM orders'), [], 'nothing is gone')

    const process = { name: 'orders-1', release: '0.1.4' }
    await startRegistration({ database, process, clock: systemClock }).stop()
    assert.deepEqual(await start('orders-2', '0.2.0'), ['orders/0003-drop-total'])
  })

  test('who comes late with an older release is refused, with both releases', async () => {
    await expand()
    await contract()
    await start('orders-1', '0.2.0')
    await start('orders-2', '0.10.0') // a number, not a text: newer than 0.2.0
    const names = ['0.2.0', 'orders/0003-drop-total', 'orders-3', '0.1.9']
    await refused(start('orders-3', '0.1.9'), dataErrors.RELEASE_TOO_OLD, names)
  })

  test('releases whose majors differ do not share a schema; all others do', async () => {
    await start('orders-1', '1.4.0')
    await start('orders-2', '1.5.2')
    await refused(start('orders-3', '2.0.0'), dataErrors.RELEASES_APART, [
      'orders-3',
      '2.0.0',
      'orders-1 (1.4.0)',
      '(1.5.2)',
    ])
  })

  test('one that was killed is forgotten, one that lives is not, and a crash of the server forgets nobody for long', async () => {
    await using database = createDatabase({ ...place(), name: 'orders' })
    await start('orders-1', '1.0.0')
    const { clock, turn } = createTurns()
    const registration = startRegistration({ database, process: { name: 'orders-1', release: '1.0.0' }, clock })
    const expire = "UPDATE banyan_releases SET living_until = now() - interval '1 second'"
    await database.query(expire)
    await start('killed', '2.0.0')
    await database.query('TRUNCATE banyan_releases')
    turn()
    await until(async () => (await database.query('SELECT 1 FROM banyan_releases')).length === 1)
    await refused(start('orders-2', '2.0.0'), dataErrors.RELEASES_APART, ['orders-1 (1.0.0)'])
    await registration.stop()
    await registration.stop()
    await start('orders-2', '2.0.0')
  })

  test('a process that is replaced by a newer one of the same name is still seen', async () => {
    await start('orders-1', '0.1.0')
    await expand()
    await contract()
    await refused(start('orders-1', '0.2.0'), dataErrors.MIGRATION_TOO_EARLY, ['orders-1 (0.1.0)'])
  })
})
