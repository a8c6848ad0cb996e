import type { Session } from 'banyan/data'
import type { Account } from './account.ts'

/** Locks these users against other commands, in order of their ids, and reads them. Who is deleted is left out. */
export async function lockAccounts(tx: Session, ids: readonly string[]): Promise<Map<string, Account>> {
  return byId(await tx.query<Account>(LOCK_ACCOUNTS, [ids]))
}

/** Keeps others from changing these users, but not from reading or sharing them: for what merely refers to a user. */
export async function shareAccounts(tx: Session, ids: readonly string[]): Promise<Map<string, Account>> {
  return byId(await tx.query<Account>(SHARE_ACCOUNTS, [ids]))
}

export async function readAccounts(session: Session, ids: readonly string[]): Promise<Map<string, Account>> {
  return byId(await session.query<Account>(READ_ACCOUNTS, [ids]))
}

/**
 * How many admins there are. Under a lock of its own: two admins who remove each other at once would otherwise both
 * see that the other one stays.
 */
export async function lockAdminCount(tx: Session): Promise<number> {
  const [, rows] = await Promise.all([tx.query(LOCK_ADMINS), tx.query<{ count: number }>(COUNT_ADMINS)])
  return rows[0]!.count
}

function byId(accounts: readonly Account[]): Map<string, Account> {
  return new Map(accounts.map((account) => [account.id, account]))
}

const LOCK_ACCOUNTS = `
  SELECT id, name, email, role, version, "eventVersion", "createdAt", "updatedAt"
  FROM live_users
  WHERE user_id = ANY ($1::bigint[])
  ORDER BY user_id
  FOR NO KEY UPDATE`

const SHARE_ACCOUNTS = `
  SELECT id, name, email, role, version, "eventVersion", "createdAt", "updatedAt"
  FROM live_users
  WHERE user_id = ANY ($1::bigint[])
  ORDER BY user_id
  FOR SHARE`

const READ_ACCOUNTS = `
  SELECT id, name, email, role, version, "eventVersion", "createdAt", "updatedAt"
  FROM live_users
  WHERE user_id = ANY ($1::bigint[])`

const LOCK_ADMINS = `SELECT pg_advisory_xact_lock(hashtextextended('users.admins', 0))`

const COUNT_ADMINS = `SELECT count(*)::int AS count FROM live_users WHERE role = 'admin'`
