import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import { type Clock, systemClock } from '../../core/index.ts'
import { dataErrors } from '../data-errors.ts'
import { makeFolder } from '../make-folder.ts'
import { qualify, readContents, type TableShape } from './catalogue.ts'
import { copyOut } from './copy-out.ts'
import { type Manifest, type SchemaManifest, type TableManifest, writeManifest } from './manifest.ts'
import { type BackupPart, groupParts } from './parts.ts'
import { endAll, takeSnapshots } from './snapshots.ts'

export interface BackupOptions {
  readonly parts: readonly BackupPart[]
  /** Made when missing; must be empty. Holds personal data: made readable for this user alone. */
  readonly folder: string
  readonly clock?: Clock
}

/**
 * Writes every table of every part, online, as of one instant per database: one gzipped COPY file a table and a
 * manifest with row counts and checksums. Logical on purpose: it goes from PostgreSQL 15 to 18 and back, and needs
 * neither pg_dump (the embedded server has none) nor a pause.
 * With services in several databases, writers wait for the moment in which all snapshots are taken.
 * @throws `data.BACKUP_FOLDER`
 */
export async function backup(options: BackupOptions): Promise<Manifest> {
  const { folder, clock = systemClock } = options
  await prepareFolder(folder)
  const takenAt = new Date(clock.now()).toISOString()
  const snapshots = await takeSnapshots(groupParts(options.parts))
  try {
    const schemas: SchemaManifest[] = []
    for (const { client, parts, serverVersion } of snapshots) {
      for (const { schema } of parts) schemas.push(await writeSchema({ client, schema, serverVersion, folder }))
    }
    const manifest: Manifest = { format: 1, takenAt, schemas }
    await writeManifest(folder, manifest)
    return manifest
  } finally {
    await endAll(snapshots.map((snapshot) => snapshot.client))
  }
}

async function prepareFolder(folder: string): Promise<void> {
  await makeFolder({ folder, mode: 0o700, subject: 'The backup', cure: 'Name a folder that this user may make.' })
  if ((await readdir(folder)).length > 0) throw dataErrors.BACKUP_FOLDER({ folder })
}

interface SchemaSource {
  readonly client: pg.Client
  readonly schema: string
  readonly serverVersion: string
  readonly folder: string
}

async function writeSchema(source: SchemaSource): Promise<SchemaManifest> {
  const { client, schema, serverVersion } = source
  const { migrations, tables, sequences } = await readContents(client, schema)
  const written: TableManifest[] = []
  for (const shape of tables) written.push(await writeTable(source, shape))
  return { schema, serverVersion, migrations: [...migrations], tables: written, sequences: [...sequences] }
}

async function writeTable({ client, schema, folder }: SchemaSource, shape: TableShape): Promise<TableManifest> {
  const { table, columns } = shape
  const file = `${schema}.${encodeURIComponent(table)}.copy.gz`
  const path = join(folder, file)
  const rows = countLines()
  const written = hashBytes()
  const select = `COPY ${qualify(schema, table)} (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')}) TO STDOUT`
  await pipeline(
    copyOut(client, select),
    rows.stream,
    createGzip({ level: 1 }),
    written.stream,
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  )
  await flushToDisk(path)
  return { table, columns: [...columns], rows: rows.count(), file, bytes: written.bytes(), sha256: written.digest() }
}

/** COPY's text format escapes line breaks in values: a line is a row. */
function countLines(): { stream: Transform; count: () => number } {
  let lines = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
      done(null, chunk)
    },
  })
  return { stream, count: () => lines }
}

function hashBytes(): { stream: Transform; bytes: () => number; digest: () => string } {
  const hash = createHash('sha256')
  let bytes = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  return { stream, bytes: () => bytes, digest: () => hash.digest('hex') }
}

async function flushToDisk(path: string): Promise<void> {
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}
