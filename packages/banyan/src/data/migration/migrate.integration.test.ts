import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { isError } from '../../core/index.ts'
import { startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { createDatabase, dataErrors, migrate, type MigrateOptions } from '../index.ts'

describe('migrate', () => {
  let server: TestPostgres
  let folder: string

  before(async () => {
    server = await startTestPostgres({ fsync: false })
  })
  after(() => server.stop())

  const write = (file: string, sql: string) => writeFile(join(folder, file), sql)
  const optionsFor = (schema: string): MigrateOptions => ({
    connection: server.connection,
    schema,
    role: `banyan_${schema}`,
    sources: [{ area: 'orders', folder: pathToFileURL(folder) }],
  })
  const withFolder = async (run: () => Promise<void>) => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-migrations-'))
    try {
      await run()
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('runs what is missing, in order, once; the role owns what came of it', () =>
    withFolder(async () => {
      const options = optionsFor('orders')
      await write('0001-create.sql', 'CREATE TABLE orders (id bigserial PRIMARY KEY); INSERT INTO orders VALUES (7);')
      await write('0002-total.sql', 'ALTER TABLE orders ADD COLUMN total bigint NOT NULL DEFAULT 0;')
      assert.deepEqual(await migrate(options), ['orders/0001-create', 'orders/0002-total'])
      assert.deepEqual(await migrate(options), [])
      await write('0003-index.sql', 'CREATE INDEX ON orders (total);')
      assert.deepEqual(await migrate(options), ['orders/0003-index'])

      await using db = createDatabase({ ...options, name: 'orders' })
      assert.deepEqual(await db.query('SELECT * FROM orders'), [{ id: '7', total: '0' }])
      const owners = await db.query(
        "SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'orders'::regnamespace",
      )
      assert.deepEqual(owners, [{ owner: 'banyan_orders' }])
      await db.transaction(async (tx) => tx.execute('INSERT INTO orders (total) VALUES (1)'))
    }))

  test('one role sees nothing of another service', () =>
    withFolder(async () => {
      await write('0001-create.sql', 'CREATE TABLE secrets (id int);')
      await migrate(optionsFor('users'))
      await migrate(optionsFor('payments'))
      await using db = createDatabase({ ...optionsFor('payments'), name: 'payments' })
      await assert.rejects(db.query('SELECT * FROM users.secrets'), { code: '42501' })
    }))

  test('a file that changed after it was applied is named', () =>
    withFolder(async () => {
      await write('0001-create.sql', 'CREATE TABLE t (id int);')
      await migrate(optionsFor('changed'))
      await write('0001-create.sql', 'CREATE TABLE t (id bigint);')
      await assert.rejects(migrate(optionsFor('changed')), (error: Error) => {
        return isError(error, dataErrors.MIGRATION_CHANGED) && error.message.includes('orders/0001-create')
      })
    }))

  test('a file that fails is rolled back whole; those before it stay', () =>
    withFolder(async () => {
      const options = optionsFor('failing')
      await write('0001-create.sql', 'CREATE TABLE t (id int);')
      await write('0002-broken.sql', 'INSERT INTO t VALUES (1); SELECT 1 / 0;')
      await assert.rejects(migrate(options), (error) => isError(error, dataErrors.MIGRATION_FAILED))
      await using db = createDatabase({ ...options, name: 'failing' })
      assert.deepEqual(await db.query('SELECT * FROM t'), [])
      await write('0002-broken.sql', 'INSERT INTO t VALUES (1);')
      assert.deepEqual(await migrate(options), ['orders/0002-broken'])
    }))

  test('files with a bad name or a number twice are refused before anything runs', () =>
    withFolder(async () => {
      const refused = () =>
        assert.rejects(migrate(optionsFor('names')), (error) => isError(error, dataErrors.MIGRATION_NAME))
      await write('1-create.sql', 'SELECT 1;')
      await refused()
      await rm(join(folder, '1-create.sql'))
      await write('0001-a.sql', 'SELECT 1;')
      await write('0001-b.sql', 'SELECT 1;')
      await refused()
    }))

  test('four processes at once: each file runs once', () =>
    withFolder(async () => {
      const schemas = ['many_a', 'many_b']
      // Not idempotent on purpose: a second run would fail or show in the row count.
      await write('0001-create.sql', 'CREATE TABLE runs (id int); INSERT INTO runs VALUES (1); SELECT pg_sleep(0.1);')
      await write('0002-more.sql', 'INSERT INTO runs VALUES (2);')
      const script = `
        const { migrate } = await import(${JSON.stringify(new URL('./migrate.ts', import.meta.url).href)})
        const applied = []
        for (const options of ${JSON.stringify(schemas.map(optionsFor))}) {
          const sources = options.sources.map((source) => ({ ...source, folder: new URL(source.folder) }))
          applied.push(...(await migrate({ ...options, sources })))
        }
        console.log(applied.length)`
      const started = Array.from({ length: 4 }, () =>
        promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]),
      )
      const applied = (await Promise.all(started)).map((run) => Number(run.stdout))
      assert.equal(
        applied.reduce((sum, count) => sum + count),
        4,
        `applied by process: ${applied.join(', ')}`,
      )
      for (const schema of schemas) {
        await using db = createDatabase({ ...optionsFor(schema), name: schema })
        assert.deepEqual(await db.query('SELECT id FROM runs ORDER BY id'), [{ id: 1 }, { id: 2 }])
      }
    }))
})
