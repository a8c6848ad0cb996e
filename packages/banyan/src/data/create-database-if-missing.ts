import pg from 'pg'
import type { ConnectionOptions } from './connection/connection-options.ts'

/** A further database in the same server, for what must commit on its own. Returns how to get into it. */
export async function createDatabaseIfMissing(
  connection: ConnectionOptions,
  database: string,
): Promise<ConnectionOptions> {
  const client = new pg.Client(connection as pg.ClientConfig)
  await client.connect()
  try {
    // Two processes may ask at once, and CREATE DATABASE knows no IF NOT EXISTS. Different ones are made side by side: each
    // waits for the disk most of the time.
    await client.query("SELECT pg_advisory_lock(hashtextextended('banyan create database ' || $1, 0))", [database])
    const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (rows.length === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
  return { ...connection, database }
}
