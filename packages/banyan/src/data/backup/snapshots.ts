import pg from 'pg'
import type { ConnectionOptions } from '../connection/connection-options.ts'
import { qualify, readContents } from './catalogue.ts'
import type { BackupPart, PartGroup } from './parts.ts'

/** A transaction that sees one instant of one database. */
export interface Snapshot {
  readonly client: pg.Client
  readonly parts: readonly BackupPart[]
  readonly serverVersion: string
}

/** Longest time that writers are kept waiting for the snapshots. */
const LOCK_TIMEOUT_MS = 5_000

/**
 * One snapshot per database. Those whose writers must wait are locked first and read last; they are set free as soon
 * as every snapshot is taken, not when the copy is done.
 */
export async function takeSnapshots(groups: readonly PartGroup<BackupPart>[]): Promise<Snapshot[]> {
  const locks: pg.Client[] = []
  const snapshots: Snapshot[] = []
  try {
    for (const group of groups) if (group.blockWriters) locks.push(await lockTables(group))
    for (const group of groups) if (!group.blockWriters) snapshots.push(await takeSnapshot(group))
    for (const group of groups) if (group.blockWriters) snapshots.push(await takeSnapshot(group))
    return snapshots
  } catch (error) {
    await endAll(snapshots.map((snapshot) => snapshot.client))
    throw error
  } finally {
    await endAll(locks)
  }
}

export async function endAll(clients: readonly pg.Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.end()))
}

/** Connects for a long transaction: neither statements nor pauses between them may end it. */
export async function connect(connection: ConnectionOptions, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...connection,
    application_name: applicationName,
    options: '-c TimeZone=UTC -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c DateStyle=ISO',
  } as pg.ClientConfig)
  client.on('error', () => null) // the statement that meets it reports it
  await client.connect()
  return client
}

/** SHARE lets readers pass and makes writers wait. A deadlock with one of them is the server's to resolve: theirs or ours runs again. */
async function lockTables({ connection, parts }: PartGroup<BackupPart>): Promise<pg.Client> {
  const client = await connect(connection, 'banyan backup lock')
  try {
    const tables: string[] = []
    for (const { schema } of parts) {
      const contents = await readContents(client, schema)
      tables.push(...contents.tables.map(({ table }) => qualify(schema, table)))
    }
    await client.query('BEGIN')
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
    if (tables.length > 0) await client.query(`LOCK TABLE ${tables.join(', ')} IN SHARE MODE`)
    return client
  } catch (error) {
    await client.end()
    throw error
  }
}

async function takeSnapshot({ connection, parts }: PartGroup<BackupPart>): Promise<Snapshot> {
  const client = await connect(connection, 'banyan backup')
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    // The first query takes the snapshot.
    const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version")
    return { client, parts, serverVersion: rows[0]!.version.split(' ')[0]! }
  } catch (error) {
    await client.end()
    throw error
  }
}
