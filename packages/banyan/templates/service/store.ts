import type { Finding } from 'banyan/contract'
import type { Session, Writer } from 'banyan/data'
import type { Entry } from './domain.ts'

/** How many entries each of these users has, and nobody else adds one until the transaction ends. */
export async function lockCounts(tx: Session, userIds: readonly string[]): Promise<Map<string, number>> {
  // Two statements: the count must be younger than the locks. A new row cannot be locked, so the users' numbers are.
  const [, counts] = await Promise.all([
    tx.query(LOCK_USERS, [userIds]),
    tx.query<{ userId: string; count: number }>(COUNT_ENTRIES, [userIds]),
  ])
  return new Map(counts.map(({ userId, count }) => [userId, count]))
}

export function insertEntries(tx: Writer, entries: readonly Entry[]): void {
  tx.execute(INSERT_ENTRIES, [
    entries.map((entry) => entry.userId),
    entries.map((entry) => entry.number),
    entries.map((entry) => entry.text),
    entries.map((entry) => entry.createdAt),
  ])
}

export interface EntryRange {
  readonly userId: string
  /** Entries with a higher number. */
  readonly after: number
  readonly limit: number
}

export async function readEntries(session: Session, { userId, after, limit }: EntryRange): Promise<Entry[]> {
  const rows = await session.query<Omit<Entry, 'createdAt'> & { createdAt: Date }>(READ_ENTRIES, [userId, after, limit])
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

/** An invariant of the service's own: `banyan audit` asks for it. */
export async function auditNumbers(session: Session): Promise<Finding> {
  const [found] = await session.query<{ users: number; rows: string[] }>(AUDIT_NUMBERS)
  const { users, rows } = found!
  return { invariant: 'my-notes.numbered-without-gap', ok: rows.length === 0, checked: users, rows }
}

const LOCK_USERS = `
  SELECT pg_advisory_xact_lock(hashtextextended('my-notes', id))
  FROM (SELECT DISTINCT unnest($1::bigint[]) AS id ORDER BY id) AS users`

const COUNT_ENTRIES = `
  SELECT user_id::text AS "userId", count(*)::int AS count
  FROM entries WHERE user_id = ANY ($1::bigint[]) GROUP BY user_id`

const INSERT_ENTRIES = `
  INSERT INTO entries (user_id, number, text, created_at)
  SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::timestamptz[])`

const READ_ENTRIES = `
  SELECT user_id::text AS "userId", number, text, created_at AS "createdAt"
  FROM entries WHERE user_id = $1::bigint AND number > $2::int ORDER BY number LIMIT $3::int`

const AUDIT_NUMBERS = `
  WITH users AS (SELECT user_id, count(*) AS count, max(number) AS last FROM entries GROUP BY user_id),
  faults AS (SELECT user_id, count, last FROM users WHERE count <> last ORDER BY user_id LIMIT 100)
  SELECT (SELECT count(*) FROM users)::int AS users,
         ARRAY(SELECT format('user %s has %s entries, the last is number %s', user_id, count, last) FROM faults) AS rows`
