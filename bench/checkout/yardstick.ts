import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestPostgres } from 'banyan/testing'
import pg from 'pg'

/** What this machine can do at the moment: three plain commits a checkout, statement by statement, 16 clients, fsync on. */
export interface Yardstick extends AsyncDisposable {
  /** Checkouts a second of `yardstick.sql`. */
  measure(seconds: number): Promise<number>
}

const SCRIPT = fileURLToPath(new URL('./yardstick.sql', import.meta.url))

/** `null` where there is no pgbench (Debian: postgresql-contrib), which the embedded PostgreSQL does not bring. */
export async function createYardstick(): Promise<Yardstick | null> {
  const [program] = globSync('/usr/lib/postgresql/*/bin/pgbench').filter((path) => existsSync(path))
  if (!program) return null
  const postgres = await startTestPostgres({ fsync: true })
  const { host, port, user, database } = postgres.connection as pg.ClientConfig
  const client = new pg.Client(postgres.connection as pg.ClientConfig)
  await client.connect()
  await client.query(TABLES)
  await client.end()
  const place = ['-h', String(host), ...(port ? ['-p', String(port)] : []), '-U', String(user)]
  return {
    async measure(seconds) {
      const load = [
        '-n',
        '-c',
        '16',
        '-j',
        '1',
        '-M',
        'prepared',
        '-T',
        String(seconds),
        '-f',
        SCRIPT,
        String(database),
      ]
      const { stdout } = await promisify(execFile)(program, [...place, ...load])
      return Number(/tps = ([\d.]+)/.exec(stdout)![1])
    },
    [Symbol.asyncDispose]: () => postgres.stop(),
  }
}

const TABLES = `
  CREATE TABLE keys (key text PRIMARY KEY, outcome jsonb);
  CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int, status text);
  CREATE TABLE stock (product_id int PRIMARY KEY, on_hand int, reserved int);
  INSERT INTO stock SELECT id, 1000000, 0 FROM generate_series(1, 1000) AS id;
  CREATE TABLE reservations (order_id bigint, product_id int, quantity int, PRIMARY KEY (order_id, product_id));
  CREATE TABLE payments (id bigserial PRIMARY KEY, order_id bigint, amount int);
  CREATE TABLE events (id bigserial PRIMARY KEY, type text, payload jsonb);`
