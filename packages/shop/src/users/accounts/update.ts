import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { Session, Writer } from 'banyan/data'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import type { User } from '../schemas.ts'
import { lockAccounts } from './account-store.ts'
import { meetsPrecondition, userRenamed, userReply, type Account } from './account.ts'
import { lockEmails, normaliseEmail } from './email-directory.ts'

type Input = InputOf<typeof users.operations.updateUser>
type Item = CommandItem<Input>

export interface Profiles {
  readonly accounts: Map<string, Account>
  /** Address → user id, of the addresses that the batch asks for. */
  readonly owners: Map<string, string>
}

export interface ProfileChange {
  readonly before: Account
  readonly after: Account
}

export const updateUser: CommandHandler<Input, User, Profiles, ProfileChange> = {
  load: loadProfiles,
  decide: decideUpdate,
  evolve: evolveProfiles,
  save: saveProfiles,
}

async function loadProfiles(tx: Session, items: readonly Item[]): Promise<Profiles> {
  const emails = items.flatMap(({ input }) => (input.email === undefined ? [] : [normaliseEmail(input.email)]))
  const ids = items.map(({ input }) => input.userId)
  const [owners, accounts] = await Promise.all([lockEmails(tx, emails), lockAccounts(tx, ids)])
  return { owners, accounts }
}

export function decideUpdate(state: Profiles, { input, call, now }: Item): Decision<User, ProfileChange> {
  const before = state.accounts.get(input.userId)
  if (!before) return refuse(coreErrors.NOT_FOUND())
  if (!meetsPrecondition(before, call)) return refuse(coreErrors.PRECONDITION_FAILED())
  const name = input.name?.trim() ?? before.name
  const email = input.email === undefined ? before.email : normaliseEmail(input.email)
  if (name === before.name && email === before.email) return accept(userReply(before))
  if (email !== before.email && state.owners.has(email)) return refuse(userErrors.EMAIL_TAKEN())
  const isRenamed = name !== before.name
  const after: Account = {
    ...before,
    name,
    email,
    version: before.version + 1,
    eventVersion: before.eventVersion + (isRenamed ? 1 : 0),
    updatedAt: now,
  }
  return accept(userReply(after), [{ before, after }], isRenamed ? [userRenamed(after)] : [])
}

function evolveProfiles(state: Profiles, { before, after }: ProfileChange): void {
  state.accounts.set(after.id, after)
  if (after.email === before.email) return
  state.owners.delete(before.email)
  state.owners.set(after.email, after.id)
}

function saveProfiles(tx: Writer, changes: readonly ProfileChange[], state: Profiles): void {
  const ids = [...new Set(changes.map(({ after }) => after.id))]
  const accounts = ids.map((id) => state.accounts.get(id)!)
  tx.execute(UPDATE_USERS, [
    ids,
    accounts.map(({ name }) => name),
    accounts.map(({ email }) => email),
    accounts.map(({ version }) => version),
    accounts.map(({ eventVersion }) => eventVersion),
    accounts.map(({ updatedAt }) => updatedAt),
  ])
  const moved = new Set(
    changes.filter(({ before, after }) => before.email !== after.email).map(({ after }) => after.id),
  )
  if (moved.size === 0) return
  // Freed before taken: within one batch an address may pass from one user to another.
  tx.execute(FREE_EMAILS, [[...moved]])
  tx.execute(TAKE_EMAILS, [[...moved], [...moved].map((id) => state.accounts.get(id)!.email)])
}

const UPDATE_USERS = `
  UPDATE users
  SET name = after.name, email = after.email, version = after.version,
      event_version = after.event_version, updated_at = after.updated_at
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::int[], $6::timestamptz[])
    AS after (user_id, name, email, version, event_version, updated_at)
  WHERE users.user_id = after.user_id`

const FREE_EMAILS = `DELETE FROM user_emails WHERE user_id = ANY ($1::bigint[])`

const TAKE_EMAILS = `
  INSERT INTO user_emails (user_id, email)
  SELECT * FROM unnest($1::bigint[], $2::text[])`
