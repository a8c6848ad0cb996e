import {
  createCursor,
  DEFAULT_PAGE_LIMIT,
  reply,
  toPage,
  type InputOf,
  type OutputOf,
  type Reply,
} from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { Session } from 'banyan/data'
import type { users } from '../contract.ts'
import type { User } from '../schemas.ts'
import { readAccounts } from './account-store.ts'
import { toUser, userReply, type Account } from './account.ts'
import { normaliseEmail } from './email-directory.ts'

type Operations = typeof users.operations

export function getUser(database: Session) {
  return async ({ userId }: InputOf<Operations['getUser']>): Promise<Reply<User>> => {
    const account = (await readAccounts(database, [userId])).get(userId)
    if (!account) throw coreErrors.NOT_FOUND()
    return userReply(account)
  }
}

export function listUsers(database: Session) {
  return async ({ search, limit = DEFAULT_PAGE_LIMIT, cursor }: InputOf<Operations['listUsers']>) => {
    if (search !== undefined) return reply(await searchUsers(database, { search, limit, cursor }))
    const after = byId.decode(cursor) ?? '0'
    const accounts = await database.query<Account>(LIST_USERS, [after, limit + 1])
    return reply(toPage(accounts.map(toUser), limit, ({ id }) => byId.encode(id)))
  }
}

interface Search {
  readonly search: string
  readonly limit: number
  readonly cursor: string | undefined
}

async function searchUsers(database: Session, { search, limit, cursor }: Search) {
  const after = byEmail.decode(cursor) ?? ''
  const prefix = normaliseEmail(search)
  const accounts = await database.query<Account>(SEARCH_USERS, [prefix, prefix + LAST_CHARACTER, after, limit + 1])
  return toPage(accounts.map(toUser), limit, ({ email }) => byEmail.encode(email))
}

export function getContact(database: Session) {
  return async ({ userIds }: InputOf<Operations['getContact']>): Promise<Reply<OutputOf<Operations['getContact']>>> => {
    const accounts = await readAccounts(database, userIds)
    return reply([...accounts.values()].map(({ id, email, name }) => ({ userId: id, email, name })))
  }
}

const LAST_CHARACTER = '\u{10ffff}'

const byId = createCursor('users', /^[1-9][0-9]{0,17}$/)
const byEmail = createCursor('users-by-email', /^[^\0]{3,320}$/)

const LIST_USERS = `
  SELECT id, name, email, role, version, "eventVersion", "createdAt", "updatedAt"
  FROM live_users
  WHERE user_id > $1::bigint
  ORDER BY user_id
  LIMIT $2`

// The directory's key is in the order of bytes, so a prefix is a range of it. Said as a range, because `^@` becomes one
// only where the planner sees the prefix, and not in a plan for any parameter.
const SEARCH_USERS = `
  SELECT id, name, live_users.email, role, version, "eventVersion", "createdAt", "updatedAt"
  FROM user_emails
  JOIN live_users USING (user_id)
  WHERE user_emails.email >= $1 AND user_emails.email < $2 AND user_emails.email > $3
  ORDER BY user_emails.email
  LIMIT $4`
