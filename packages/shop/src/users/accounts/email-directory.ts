import type { Session } from 'banyan/data'

/** Addresses differ when they differ after this. The part before the @ too: nobody tells `Ada@` from `ada@`. */
export function normaliseEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}

/**
 * Locks these addresses until the transaction ends and tells whose they are. An address that is free has no row that
 * could be locked, and `ON CONFLICT` would tell only after the first write; so the lock is on the address's hash
 * (two addresses with one hash merely wait for each other).
 */
export async function lockEmails(tx: Session, emails: readonly string[]): Promise<Map<string, string>> {
  const [, owners] = await Promise.all([
    tx.query(LOCK, [emails]),
    tx.query<{ email: string; userId: string }>(OWNERS, [emails]), // a statement of its own: its snapshot is of after the wait
  ])
  return new Map(owners.map(({ email, userId }) => [email, userId]))
}

// Sorted: two batches that lock the same addresses in different orders would deadlock.
const LOCK = `
  SELECT pg_advisory_xact_lock(lock)
  FROM (
    SELECT DISTINCT hashtextextended('users.email ' || email, 0) AS lock
    FROM unnest($1::text[]) AS email
    ORDER BY lock
  ) AS locks`

const OWNERS = `
  SELECT email, user_id::text AS "userId"
  FROM user_emails
  WHERE email = ANY ($1::text[])`
