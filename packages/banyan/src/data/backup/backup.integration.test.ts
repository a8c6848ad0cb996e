import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { access, appendFile, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '../../core/index.ts'
import { startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { chooseServerUser } from '../embedded/server-user.ts'
import {
  backup,
  type ConnectionOptions,
  createDatabase,
  dataErrors,
  migrate,
  restore,
  type RestorePart,
} from '../index.ts'

const ORDERS = `
  CREATE SEQUENCE order_ids;
  CREATE TABLE orders (
    id bigint PRIMARY KEY, note text, doc jsonb, bytes bytea, at timestamptz, total numeric,
    words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', coalesce(note, ''))) STORED
  );
  CREATE TABLE a_line (order_id bigint NOT NULL REFERENCES orders, n int GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (order_id, n));
  CREATE TABLE "Odd ""name" ("Column, odd" text);
  CREATE TABLE kinds (name text PRIMARY KEY);
  INSERT INTO kinds VALUES ('from the migration');
  CREATE UNLOGGED TABLE incarnation (id uuid DEFAULT gen_random_uuid());
  INSERT INTO incarnation DEFAULT VALUES;
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
  CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION refuse();`

const ODD_ROWS = `
  INSERT INTO orders (id, note, doc, bytes, at, total) VALUES
    (1, E'line\\nbreak\\ttab\\\\N back\\\\slash', '{"a": "\\\\u00e4"}', '\\x000aff', '2026-01-02 03:04:05.123456Z', 1.10),
    (2, NULL, NULL, NULL, 'infinity', 'NaN'), (3, '', '[]', '', NULL, 0);
  INSERT INTO a_line (order_id) VALUES (1), (1), (3);
  INSERT INTO "Odd ""name" VALUES ('x');
  INSERT INTO kinds VALUES ('later');
  SELECT setval('order_ids', 41)`

describe('backup and restore', () => {
  let server: TestPostgres
  let other: TestPostgres
  let home: string
  let migrations: URL

  before(async () => {
    ;[server, other] = await Promise.all([startTestPostgres({ fsync: false }), startTestPostgres({ fsync: false })])
    home = await mkdtemp(join(tmpdir(), 'banyan-backups-'))
    migrations = pathToFileURL(await mkdtemp(join(home, 'migrations-')))
    await writeFile(new URL('0001-orders.sql', `${migrations.href}/`), ORDERS)
    const orders = partOf(server.connection, 'orders')
    await migrate(orders)
    await using db = createDatabase({ ...orders, name: 'orders' })
    await db.transaction(async (tx) => {
      for (const sql of ODD_ROWS.split(';')) tx.execute(sql)
    })
  })
  after(async () => {
    await Promise.all([server.stop(), other.stop()])
    await rm(home, { recursive: true })
  })

  let count = 0
  const newFolder = () => join(home, `backup-${count++}`)

  function partOf(connection: ConnectionOptions, schema: string): RestorePart {
    return { connection, schema, role: `banyan_${schema}`, sources: [{ area: 'orders', folder: migrations }] }
  }

  async function read(part: RestorePart) {
    await using db = createDatabase({ ...part, name: part.schema })
    return {
      orders: await db.query('SELECT *, at::text AS at, words::text AS words FROM orders ORDER BY id'),
      lines: await db.query('SELECT * FROM a_line ORDER BY order_id, n'),
      odd: await db.query('SELECT * FROM "Odd ""name"'),
      kinds: await db.query('SELECT * FROM kinds ORDER BY name'),
      nextId: await db.query("SELECT nextval('order_ids')"),
      nextLine: await db.query('INSERT INTO a_line (order_id) VALUES (1) RETURNING n'),
    }
  }

  const refuses = (run: Promise<unknown>, factory: { readonly code: string }) =>
    assert.rejects(run, { code: factory.code })

  test('everything comes back: values, sequences, identities, generated columns, guards', async () => {
    const folder = newFolder()
    const manifest = await backup({ parts: [partOf(server.connection, 'orders')], folder })
    assert.deepEqual(
      manifest.schemas[0]!.tables.map(({ table, rows }) => [table, rows]),
      [
        ['Odd "name', 1],
        ['kinds', 2],
        ['orders', 3],
        ['a_line', 3],
      ],
    )
    assert.equal((await stat(folder)).mode & 0o077, 0)
    const part = partOf(other.connection, 'orders')
    await restore({ parts: [part], folder })
    const source = await read(partOf(server.connection, 'orders'))
    assert.deepEqual(await read(part), source)
    assert.deepEqual(source.nextId, [{ nextval: '42' }])

    await using db = createDatabase({ ...part, name: 'orders' })
    await assert.rejects(db.query('DELETE FROM orders'), /append-only/)
    assert.equal(
      (await db.query('SELECT id FROM incarnation')).length,
      1,
      'unlogged tables keep what the migration made',
    )
    assert.deepEqual(await migrate(part), [], 'the level is known')
  })

  test('refuses to restore over data', async () => {
    const folder = newFolder()
    await backup({ parts: [partOf(server.connection, 'orders')], folder })
    await refuses(restore({ parts: [partOf(other.connection, 'orders')], folder }), dataErrors.RESTORE_NOT_EMPTY)
  })

  test('a part that the backup lacks begins empty, where it may: it is left alone, and must hold no row', async () => {
    const folder = newFolder()
    await backup({ parts: [partOf(server.connection, 'orders')], folder })
    const connection = await other.embedded.createDatabaseIfMissing('added')
    const [orders, gifts] = [partOf(connection, 'orders'), partOf(connection, 'gifts')]
    await refuses(restore({ parts: [orders, gifts], folder }), dataErrors.BACKUP_MISMATCH)
    await refuses(restore({ parts: [{ ...gifts, mayBeMissing: true }], folder }), dataErrors.BACKUP_MISMATCH)
    await migrate(gifts)
    const parts = [orders, { ...gifts, mayBeMissing: true }]
    await refuses(restore({ parts, folder }), dataErrors.RESTORE_NOT_EMPTY)
    await using db = createDatabase({ ...gifts, name: 'gifts' })
    await db.query('DROP SCHEMA gifts CASCADE')
    await restore({ parts, folder })
    assert.deepEqual((await read(orders)).orders.length, 3)
    assert.deepEqual(await db.query("SELECT 1 FROM pg_tables WHERE schemaname = 'gifts'"), [])
  })

  test('refuses a damaged, incomplete or foreign backup before it writes', async () => {
    const part = partOf(await other.embedded.createDatabaseIfMissing('damaged'), 'orders')
    const folder = newFolder()
    await backup({ parts: [partOf(server.connection, 'orders')], folder })
    await refuses(backup({ parts: [partOf(server.connection, 'orders')], folder }), dataErrors.BACKUP_FOLDER)

    const file = join(folder, 'orders.orders.copy.gz')
    const good = await readFile(file)
    const bad = Buffer.from(good)
    bad[good.length - 9]! ^= 1
    await writeFile(file, bad)
    await refuses(restore({ parts: [part], folder }), dataErrors.BACKUP_UNREADABLE)
    await writeFile(file, good)

    await refuses(restore({ parts: [{ ...part, schema: 'users' }], folder }), dataErrors.BACKUP_MISMATCH)
    await refuses(restore({ parts: [{ ...part, sources: [] }], folder }), dataErrors.BACKUP_MISMATCH)
    await appendFile(join(folder, 'manifest.json'), ' ')
    await refuses(restore({ parts: [part], folder }), dataErrors.BACKUP_UNREADABLE)
    await rm(join(folder, 'manifest.json'))
    await refuses(restore({ parts: [part], folder }), dataErrors.BACKUP_UNREADABLE)

    await using db = createDatabase({ name: 'damaged', connection: part.connection })
    const tables = await db.query("SELECT 1 FROM pg_tables WHERE schemaname = 'users'")
    assert.deepEqual(tables, [])
  })

  test('an older backup is restored at its level; later migrations run after it', async () => {
    const folder = newFolder()
    await backup({ parts: [partOf(server.connection, 'orders')], folder })
    const part = partOf(await other.embedded.createDatabaseIfMissing('later'), 'orders')
    const later = new URL('0002-later.sql', `${migrations.href}/`)
    await writeFile(later, 'ALTER TABLE orders ADD COLUMN later int NOT NULL DEFAULT 7;')
    try {
      await restore({ parts: [part], folder })
      assert.deepEqual(await migrate(part), ['orders/0002-later'])
      await using db = createDatabase({ ...part, name: 'later' })
      assert.deepEqual(await db.query('SELECT DISTINCT later FROM orders'), [{ later: 7 }])
    } finally {
      await rm(later)
    }
  })

  test('under load: the ledger, in a database of its own, knows all that payments know and no more than was intended', async () => {
    const schemas = {
      intents: 'CREATE TABLE intents (id int PRIMARY KEY, captured bool NOT NULL)',
      ledger: 'CREATE TABLE charges (id int PRIMARY KEY)',
    }
    const connections = { intents: server.connection, ledger: await server.embedded.createDatabaseIfMissing('ledger') }
    const parts: RestorePart[] = []
    for (const name of ['intents', 'ledger'] as const) {
      const sources = [{ area: name, folder: pathToFileURL(await mkdtemp(join(home, `${name}-`))) }]
      await writeFile(new URL('0001-create.sql', `${sources[0]!.folder.href}/`), schemas[name])
      parts.push({
        connection: connections[name],
        schema: name,
        role: `banyan_${name}`,
        sources,
        blockWriters: name === 'ledger',
      })
      await migrate(parts.at(-1)!)
    }
    const folder = newFolder()
    await using payments = createDatabase({ ...parts[0]!, name: 'intents' })
    await using ledger = createDatabase({ ...parts[1]!, name: 'ledger' })
    let stopped = false
    let next = 0
    const charge = async () => {
      for (let id = next++; !stopped; id = next++) {
        await payments.transaction(async (tx) => tx.execute('INSERT INTO intents VALUES ($1, false)', [id]))
        await ledger.transaction(async (tx) => tx.execute('INSERT INTO charges VALUES ($1)', [id]))
        await payments.transaction(async (tx) => tx.execute('UPDATE intents SET captured = true WHERE id = $1', [id]))
      }
    }
    const load = Promise.all(Array.from({ length: 8 }, charge))
    await systemClock.sleep(200)
    await backup({ parts, folder })
    const atEnd = next
    await systemClock.sleep(50)
    assert.ok(next > atEnd, 'writers go on')
    stopped = true
    await load

    const [main, own] = [
      await other.embedded.createDatabaseIfMissing('main'),
      await other.embedded.createDatabaseIfMissing('own'),
    ]
    const targets = [
      { ...parts[0]!, connection: main },
      { ...parts[1]!, connection: own },
    ]
    await restore({ parts: targets, folder })
    const idsOf = async (part: RestorePart, sql: string) => {
      await using db = createDatabase({ ...part, name: part.schema })
      return new Set((await db.query<{ id: number }>(sql)).map((row) => row.id))
    }
    const captured = await idsOf(targets[0]!, 'SELECT id FROM intents WHERE captured')
    const intended = await idsOf(targets[0]!, 'SELECT id FROM intents')
    const charged = await idsOf(targets[1]!, 'SELECT id FROM charges')
    assert.ok(captured.size > 20, `${captured.size} captured`)
    assert.deepEqual(
      [...captured].filter((id) => !charged.has(id)),
      [],
      'captured, but not in the ledger',
    )
    assert.deepEqual(
      [...charged].filter((id) => !intended.has(id)),
      [],
      'in the ledger, but never intended',
    )
  })

  test('from PostgreSQL 15 to 18 and back', async (t) => {
    const bin = '/usr/lib/postgresql/15/bin'
    const isThere = await access(bin).then(
      () => true,
      () => false,
    )
    if (!isThere) return t.skip(`no PostgreSQL 15 in ${bin}`)
    await using old = await startOther(bin)
    const [first, second] = [newFolder(), newFolder()]
    await backup({ parts: [partOf(server.connection, 'orders')], folder: first })
    const part = partOf(old.connection, 'orders')
    await restore({ parts: [part], folder: first })
    const manifest = await backup({ parts: [part], folder: second })
    assert.match(manifest.schemas[0]!.serverVersion, /^15\./)
    const back = partOf(await other.embedded.createDatabaseIfMissing('back'), 'orders')
    await restore({ parts: [back], folder: second })
    const [before15, after15] = [await read(part), await read(back)]
    assert.deepEqual(after15.orders, before15.orders)
    assert.deepEqual(after15.lines, before15.lines)
  })

  test('a megabyte a row, and many rows: streamed, not gathered', async () => {
    const folder = newFolder()
    const part = { ...partOf(server.connection, 'large') }
    await migrate(part)
    await using db = createDatabase({ ...part, name: 'large', limits: { statementTimeoutMs: 60_000 } })
    await db.transaction(async (tx) => {
      tx.execute("INSERT INTO orders (id, note) SELECT g, 'n' || g FROM generate_series(1, 20000) g")
      tx.execute("INSERT INTO orders (id, doc) SELECT -g, to_jsonb(repeat('x', 1000000)) FROM generate_series(1, 8) g")
    })
    await backup({ parts: [part], folder })
    const target = partOf(await other.embedded.createDatabaseIfMissing('large'), 'large')
    await restore({ parts: [target], folder })
    await using restored = createDatabase({ ...target, name: 'large' })
    const sum =
      'SELECT count(*)::int AS rows, sum(length(doc::text))::int AS length, sum(hashtext(note)) AS hash FROM orders'
    assert.deepEqual(await restored.query(sum), await db.query(sum))
  })

  /** Another PostgreSQL than the embedded one, in a folder of its own. */
  async function startOther(bin: string): Promise<{ connection: ConnectionOptions } & AsyncDisposable> {
    const folder = await mkdtemp(join(tmpdir(), 'banyan-other-'))
    const user = await chooseServerUser([])
    if (user) await chown(folder, user.uid, user.gid)
    const data = join(folder, 'data')
    await promisify(execFile)(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
      { ...user, cwd: '/' },
    )
    const child = spawn(join(bin, 'postgres'), ['-D', data, '-k', folder, '-h', '', '-F'], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    const connection = { host: folder, port: 5432, user: 'postgres', database: 'postgres' }
    const deadline = systemClock.monotonicMs() + 60_000
    await using db = createDatabase({ name: 'other', connection })
    while (!(await db.query('SELECT 1').then(Boolean, () => false))) {
      assert.ok(systemClock.monotonicMs() < deadline, 'the other PostgreSQL did not start')
      await systemClock.sleep(20)
    }
    const stop = async () => {
      child.kill('SIGINT')
      await exited
      await rm(folder, { recursive: true })
    }
    return { connection, [Symbol.asyncDispose]: stop }
  }
})
