import { join } from 'node:path'
import pg from 'pg'

export interface Commits {
  /** Of all databases of the shop: everybody's transactions, reads included. */
  readonly transactions: number
  /** Flushes of the write-ahead log to disk: what a commit really waits for. */
  readonly flushes: number
}

/** Counters of the embedded PostgreSQL under a data folder. */
export async function readCommits(dataFolder: string): Promise<Commits> {
  const client = new pg.Client({ host: join(dataFolder, 'postgres'), user: 'postgres', database: 'postgres' })
  await client.connect()
  try {
    // Backends report their counters at most once a second; a fresh session sees them all a moment later.
    await client.query('SELECT pg_sleep(1.1)')
    const { rows } = await client.query<Commits>(COUNT)
    return rows[0]!
  } finally {
    await client.end()
  }
}

const COUNT = `
  SELECT (SELECT sum(xact_commit)::float8 FROM pg_stat_database) AS transactions,
         (SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal') AS flushes`
