import type { Session } from 'banyan/data'

/** User id → hash. A deleted user has none. */
export async function readPasswordHashes(session: Session, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await session.query<Credential>(READ_HASHES, [ids])
  return new Map(rows.map(({ userId, passwordHash }) => [userId, passwordHash]))
}

export interface Credential {
  readonly userId: string
  readonly passwordHash: string
}

/** Whose log-in this is; `null`: nobody's. */
export async function findCredential(session: Session, email: string): Promise<Credential | null> {
  const rows = await session.query<Credential>(FIND_CREDENTIAL, [email])
  return rows[0] ?? null
}

const READ_HASHES = `
  SELECT user_id::text AS "userId", password_hash AS "passwordHash"
  FROM credentials
  WHERE user_id = ANY ($1::bigint[])`

const FIND_CREDENTIAL = `
  SELECT user_id::text AS "userId", password_hash AS "passwordHash"
  FROM user_emails
  JOIN credentials USING (user_id)
  WHERE email = $1`
