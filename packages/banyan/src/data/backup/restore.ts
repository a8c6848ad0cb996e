import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import pg from 'pg'
import { dataErrors } from '../data-errors.ts'
import { migrate } from '../migration/migrate.ts'
import { qualify, readContents, readMigrations } from './catalogue.ts'
import { copyIn } from './copy-in.ts'
import { type Manifest, readManifest, type SchemaManifest, type TableManifest } from './manifest.ts'
import { groupParts, type BackupPart, type RestorePart } from './parts.ts'
import { connect, endAll } from './snapshots.ts'

export interface RestoreOptions {
  readonly parts: readonly RestorePart[]
  readonly folder: string
}

/**
 * Restores a backup into an empty system: checks every file first, brings each schema to the level of the backup
 * (later migrations run at the next start), loads every database in one transaction of its own, sets the sequences.
 * Parts that the backup may lack, and does, are left alone.
 * @throws `data.BACKUP_UNREADABLE`, `data.BACKUP_MISMATCH`, `data.RESTORE_NOT_EMPTY`; then nothing was written but
 * empty schemas
 */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const manifest = await readManifest(options.folder)
  checkParts(manifest, options.parts)
  for (const { tables } of manifest.schemas) for (const table of tables) await checkFile(options.folder, table)
  const missing = missingIn(manifest, options.parts)
  const held = options.parts.filter((part) => !missing.includes(part))
  for (const part of missing) await withClient(part, (client) => refuseData(client, part.schema))
  for (const part of held) await withClient(part, (client) => prepareSchema(client, part, schemaOf(manifest, part)))
  const clients: pg.Client[] = []
  try {
    for (const { connection, parts } of groupParts(held)) {
      const client = await connect(connection, 'banyan restore')
      clients.push(client)
      await client.query('BEGIN')
      for (const part of parts)
        await loadSchema({ client, part, schema: schemaOf(manifest, part), folder: options.folder })
    }
    for (const client of clients) await client.query('COMMIT')
  } finally {
    await endAll(clients)
  }
  return manifest
}

/** Parts of which the backup holds nothing. */
export function missingIn<Part extends BackupPart>({ schemas }: Manifest, parts: readonly Part[]): readonly Part[] {
  return parts.filter((part) => !schemas.some(({ schema }) => schema === part.schema))
}

function schemaOf(manifest: Manifest, part: RestorePart): SchemaManifest {
  return manifest.schemas.find(({ schema }) => schema === part.schema)!
}

function checkParts(manifest: Manifest, parts: readonly RestorePart[]): void {
  const found = manifest.schemas.map(({ schema }) => schema).sort()
  const wanted = parts.map(({ schema }) => schema).sort()
  const isForeign = found.length === 0 || found.some((schema) => !wanted.includes(schema))
  if (isForeign || missingIn(manifest, parts).some(({ mayBeMissing }) => !mayBeMissing))
    throw dataErrors.BACKUP_MISMATCH({ reason: `it holds ${found.join(', ')}; this system has ${wanted.join(', ')}` })
}

async function checkFile(folder: string, { file, sha256 }: TableManifest): Promise<void> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(join(folder, file)), hash)
  } catch (cause) {
    throw dataErrors.BACKUP_UNREADABLE({ folder, reason: `${file} cannot be read` }, { cause })
  }
  if (hash.digest('hex') !== sha256)
    throw dataErrors.BACKUP_UNREADABLE({ folder, reason: `${file} does not match its checksum` })
}

/** Migrates to the level of the backup, no further, and makes sure that nothing is overwritten. */
async function prepareSchema(client: pg.Client, part: RestorePart, wanted: SchemaManifest): Promise<void> {
  await refuseData(client, part.schema)
  const level = new Set(wanted.migrations.map(({ area, name }) => `${area}/${name}`))
  await migrate({ ...part, only: level })
  const reached = await readMigrations(client, part.schema)
  if (JSON.stringify(reached) !== JSON.stringify(wanted.migrations)) {
    const describe = (list: readonly { area: string; name: string; checksum: string }[]) =>
      list.map(({ area, name, checksum }) => `${area}/${name}@${checksum.slice(0, 8)}`)
    const [has, needs] = [describe(reached), describe(wanted.migrations)]
    const difference = [...needs.filter((one) => !has.includes(one)), ...has.filter((one) => !needs.includes(one))]
    throw dataErrors.BACKUP_MISMATCH({
      reason: `schema ${part.schema} differs in migrations ${difference.join(', ')}`,
    })
  }
}

async function withClient(part: RestorePart, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = await connect(part.connection, 'banyan restore')
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** A schema that is there already must hold no row; what its own migrations insert is put back by the backup. */
async function refuseData(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query(
    "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'banyan_migrations'",
    [schema],
  )
  if (rows.length === 0) return
  const { tables } = await readContents(client, schema)
  for (const { table } of tables) {
    // A table cannot be a parameter.
    const found = await client.query(`SELECT 1 FROM ${qualify(schema, table)} LIMIT 1`)
    if (found.rows.length > 0) throw dataErrors.RESTORE_NOT_EMPTY({ table: `${schema}.${table}` })
  }
}

interface SchemaTarget {
  readonly client: pg.Client
  readonly part: RestorePart
  readonly schema: SchemaManifest
  readonly folder: string
}

async function loadSchema(target: SchemaTarget): Promise<void> {
  const { client, schema, part } = target
  await client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(part.role)}`)
  const names = schema.tables.map(({ table }) => qualify(schema.schema, table))
  // The rows are what they were: triggers that guard or derive them have nothing to say.
  for (const name of names) await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`)
  if (names.length > 0) await client.query(`TRUNCATE ${names.join(', ')}`) // rows that migrations insert
  for (const table of schema.tables) await loadTable(target, table)
  for (const name of names) await client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`)
  for (const { sequence, lastValue, isCalled } of schema.sequences) {
    await client.query('SELECT setval($1::regclass, $2, $3)', [qualify(schema.schema, sequence), lastValue, isCalled])
  }
  for (const name of names) await client.query(`ANALYZE ${name}`)
  await client.query('RESET ROLE')
}

async function loadTable({ client, schema, folder }: SchemaTarget, table: TableManifest): Promise<void> {
  const columns = table.columns.map((column) => pg.escapeIdentifier(column)).join(', ')
  const load = copyIn(client, `COPY ${qualify(schema.schema, table.table)} (${columns}) FROM STDIN`)
  await pipeline(createReadStream(join(folder, table.file)), createGunzip(), load)
  if (load.rowCount !== table.rows) {
    throw dataErrors.BACKUP_UNREADABLE({
      folder,
      reason: `${table.file} holds ${load.rowCount} rows, its manifest says ${table.rows}`,
    })
  }
}
