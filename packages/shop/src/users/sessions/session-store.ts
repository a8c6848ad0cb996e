import type { Session, Writer } from 'banyan/data'

/** What identifies a session in the database. */
export interface SessionKey {
  readonly userId: string
  readonly sessionId: string
}

export interface SessionRow extends SessionKey {
  readonly tokenHash: Buffer
  /** ISO 8601. */
  readonly refreshedAt: string
}

/** Beyond these the sessions that were not refreshed for longest end. */
export const MAX_SESSIONS_PER_USER = 50

/** Locks these sessions in order of their keys and tells the hash of each one's unspent token. */
export async function lockSessions(
  tx: Session,
  keys: readonly SessionKey[],
  now: string,
): Promise<Map<string, Buffer>> {
  const rows = await tx.query<{ sessionId: string; tokenHash: Buffer }>(LOCK_SESSIONS, [...columnsOf(keys), now])
  return new Map(rows.map(({ sessionId, tokenHash }) => [sessionId, tokenHash]))
}

export function insertSessions(tx: Writer, rows: readonly SessionRow[]): void {
  tx.execute(INSERT_SESSIONS, [...columnsOf(rows), rows.map(hashOf), rows.map(timeOf)])
  tx.execute(TRIM_SESSIONS, [rows.map(({ userId }) => userId), MAX_SESSIONS_PER_USER, rows[0]!.refreshedAt])
}

export function rotateSessions(tx: Writer, rows: readonly SessionRow[]): void {
  if (rows.length > 0) tx.execute(ROTATE_SESSIONS, [...columnsOf(rows), rows.map(hashOf), rows.map(timeOf)])
}

export function endSessions(tx: Writer, keys: readonly SessionKey[]): void {
  if (keys.length > 0) tx.execute(END_SESSIONS, columnsOf(keys))
}

export function endAllSessions(tx: Writer, userIds: readonly string[]): void {
  tx.execute(END_ALL_SESSIONS, [userIds])
}

function columnsOf(keys: readonly SessionKey[]): [string[], string[]] {
  return [keys.map(({ userId }) => userId), keys.map(({ sessionId }) => sessionId)]
}

function hashOf({ tokenHash }: SessionRow): Buffer {
  return tokenHash
}

function timeOf({ refreshedAt }: SessionRow): string {
  return refreshedAt
}

const LOCK_SESSIONS = `
  SELECT session_id AS "sessionId", token_hash AS "tokenHash"
  FROM sessions
  WHERE (user_id, session_id) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) AND expires_at > $3
  ORDER BY user_id, session_id
  FOR UPDATE`

const INSERT_SESSIONS = `
  INSERT INTO sessions (user_id, session_id, token_hash, created_at, refreshed_at, expires_at)
  SELECT user_id, session_id, token_hash, at, at, at + interval '30 days'
  FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::timestamptz[]) AS session (user_id, session_id, token_hash, at)`

// Expired sessions go here too, so that no job has to look for them.
const TRIM_SESSIONS = `
  DELETE FROM sessions
  WHERE (user_id, session_id) IN (
    SELECT user_id, session_id
    FROM sessions
    WHERE (user_id, session_id) IN (
      SELECT user_id, session_id
      FROM (
        SELECT user_id, session_id, expires_at,
               row_number() OVER (PARTITION BY user_id ORDER BY refreshed_at DESC, session_id) AS rank
        FROM sessions
        WHERE user_id = ANY ($1::bigint[])
      ) AS ranked
      WHERE rank > $2 OR expires_at <= $3
    )
    ORDER BY user_id, session_id
    FOR UPDATE SKIP LOCKED
  )`

const ROTATE_SESSIONS = `
  UPDATE sessions
  SET token_hash = next.token_hash, refreshed_at = next.at, expires_at = next.at + interval '30 days'
  FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::timestamptz[]) AS next (user_id, session_id, token_hash, at)
  WHERE sessions.user_id = next.user_id AND sessions.session_id = next.session_id`

// Both deletions lock in the order of LOCK_SESSIONS first: whoever deletes in another order may deadlock with it.
const END_SESSIONS = `
  DELETE FROM sessions
  WHERE (user_id, session_id) IN (
    SELECT user_id, session_id
    FROM sessions
    WHERE (user_id, session_id) IN (SELECT * FROM unnest($1::bigint[], $2::text[]))
    ORDER BY user_id, session_id
    FOR UPDATE
  )`

const END_ALL_SESSIONS = `
  DELETE FROM sessions
  WHERE (user_id, session_id) IN (
    SELECT user_id, session_id
    FROM sessions
    WHERE user_id = ANY ($1::bigint[])
    ORDER BY user_id, session_id
    FOR UPDATE
  )`
