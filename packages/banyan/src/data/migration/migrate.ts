import pg from 'pg'
import type { ConnectionOptions } from '../connection/connection-options.ts'
import { dataErrors } from '../data-errors.ts'
import { readMigrations, type Migration, type MigrationSource } from './migration-files.ts'
import {
  prepareReleases,
  readOthers,
  register,
  requireNewEnough,
  requireNoOlder,
  requireSameMajor,
  type Contraction,
  type ReleasedProcess,
} from './releases.ts'

export interface MigrateOptions {
  /** A user that may create schemas and roles. */
  readonly connection: ConnectionOptions
  readonly schema: string
  /** Created NOLOGIN and granted to the connecting user; owns the schema and everything in it. */
  readonly role: string
  /** Run in this order; within one by number. */
  readonly sources: readonly MigrationSource[]
  /** Only these, as `area/NNNN-name`: for restoring at an earlier level. Default: all. */
  readonly only?: ReadonlySet<string>
  /** Written in as one that works on this schema. Default: nobody is, and no release is looked at. */
  readonly process?: ReleasedProcess
}

/**
 * Brings one schema to the level of its files. Several processes may start at once: the first migrates, the others
 * wait for it and find nothing to do. Processes of two releases may work side by side, so a file adds; one that takes away begins with
 * `-- contract: 0.3.0`, the first release that does without, and runs only when no older process is registered.
 * @returns what was applied now, as `area/NNNN-name`.
 * @throws `data.MIGRATION_CHANGED`, `data.MIGRATION_FAILED`, `data.MIGRATION_NAME`, `data.MIGRATION_TOO_EARLY`, `data.RELEASE_TOO_OLD`,
 * `data.RELEASES_APART`
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const files = (await Promise.all(options.sources.map(readMigrations))).flat()
  const migrations = files.filter(({ area, name }) => options.only?.has(`${area}/${name}`) ?? true)
  const client = new pg.Client({
    ...options.connection,
    application_name: `banyan migrate ${options.schema}`,
  } as pg.ClientConfig)
  await client.connect()
  try {
    // Held by the session, so that a process that dies lets go. Such locks are of one database; roles are the server's, see `createRole`.
    await client.query("SELECT pg_advisory_lock(hashtextextended('banyan migrate ' || $1, 0))", [options.schema])
    await prepareSchema(client, options)
    const others = options.process ? await readOthers(client, options.process) : []
    if (options.process) await requireRelease(client, { ...options, process: options.process }, others)
    const done = await applyMissing(client, { schema: options.schema, others }, migrations)
    if (options.process) await register(client, options.process)
    return done
  } finally {
    await client.end()
  }
}

async function prepareSchema(client: pg.Client, { schema, role }: MigrateOptions): Promise<void> {
  const [schemaName, roleName] = [pg.escapeIdentifier(schema), pg.escapeIdentifier(role)]
  const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
  if (rows.length === 0) await createRole(client, roleName)
  if (!(await mayBecome(client, role))) await client.query(`GRANT ${roleName} TO CURRENT_USER`)
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schemaName} AUTHORIZATION ${roleName}`)
  await client.query(`SET ROLE ${roleName}`)
  await client.query(`SET search_path = ${schemaName}`)
  await client.query(`
    CREATE TABLE IF NOT EXISTS banyan_migrations (
      area text NOT NULL,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (area, name)
    )`)
  await client.query('ALTER TABLE banyan_migrations ADD COLUMN IF NOT EXISTS needs_release text')
  await prepareReleases(client)
}

interface Released extends MigrateOptions {
  readonly process: ReleasedProcess
}

async function requireRelease(
  client: pg.Client,
  { schema, process }: Released,
  others: readonly ReleasedProcess[],
): Promise<void> {
  requireSameMajor(schema, process, others)
  const { rows } = await client.query<Contraction>(
    "SELECT area || '/' || name AS file, needs_release AS needs FROM banyan_migrations WHERE needs_release IS NOT NULL ORDER BY 1",
  )
  requireNewEnough(schema, process, rows)
}

/** Another schema's migration may create the same role at this moment: there is no CREATE ROLE IF NOT EXISTS. */
async function createRole(client: pg.Client, roleName: string): Promise<void> {
  await client.query(`
    DO $$ BEGIN
      CREATE ROLE ${roleName} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$`)
}

/** Granted only where missing: two databases of one server that grant at once would fail with "concurrently updated". */
async function mayBecome(client: pg.Client, role: string): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT pg_has_role(current_user, $1,
       CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS may`,
    [role],
  )
  return rows[0]!.may
}

interface Place {
  readonly schema: string
  /** Who else works on it. */
  readonly others: readonly ReleasedProcess[]
}

async function applyMissing(
  client: pg.Client,
  { schema, others }: Place,
  migrations: readonly Migration[],
): Promise<string[]> {
  const { rows } = await client.query<{ area: string; name: string; checksum: string }>(
    'SELECT area, name, checksum FROM banyan_migrations',
  )
  const applied = new Map(rows.map((row) => [`${row.area}/${row.name}`, row.checksum]))
  const done: string[] = []
  for (const migration of migrations) {
    const file = `${migration.area}/${migration.name}`
    const known = applied.get(file)
    if (known === undefined) {
      if (migration.needs !== null) requireNoOlder(schema, { file, needs: migration.needs }, others)
      await apply(client, schema, migration)
      done.push(file)
    } else if (known !== migration.checksum) {
      throw dataErrors.MIGRATION_CHANGED({
        file,
        schema,
        applied: known.slice(0, 12),
        found: migration.checksum.slice(0, 12),
      })
    }
  }
  return done
}

async function apply(client: pg.Client, schema: string, migration: Migration): Promise<void> {
  const { area, name, checksum, sql, needs } = migration
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query('INSERT INTO banyan_migrations (area, name, checksum, needs_release) VALUES ($1, $2, $3, $4)', [
      area,
      name,
      checksum,
      needs,
    ])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    const reason = error instanceof Error ? error.message : String(error)
    throw dataErrors.MIGRATION_FAILED({ file: `${area}/${name}`, schema, reason }, { cause: error })
  }
}
