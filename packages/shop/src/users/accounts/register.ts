import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import type { Session, Writer } from 'banyan/data'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { Role, User } from '../schemas.ts'
import { userRegistered, userReply, type Account } from './account.ts'
import { lockEmails, normaliseEmail } from './email-directory.ts'

type Input = InputOf<typeof users.operations.registerUser>
type Item = CommandItem<Input, string>

export interface Registrations {
  /** Address → user id, of the addresses that the batch asks for. */
  readonly owners: Map<string, string>
  /** Fresh ids, at least one for each address that is free; used in order of arrival. */
  readonly ids: string[]
}

export interface Registration {
  readonly account: Account
  readonly passwordHash: string
}

export function registerUser(hasher: PasswordHasher): CommandHandler<Input, User, Registrations, Registration, string> {
  return {
    precompute: ({ password }, call) => hasher.hash(password, call.signal),
    load: (tx, items) =>
      loadRegistrations(
        tx,
        items.map(({ input }) => input.email),
      ),
    decide: decideRegistration,
    evolve: evolveRegistrations,
    save: saveRegistrations,
  }
}

export async function loadRegistrations(tx: Session, wanted: readonly string[]): Promise<Registrations> {
  const emails = [...new Set(wanted.map(normaliseEmail))]
  const [owners, ids] = await Promise.all([lockEmails(tx, emails), tx.query<{ id: string }>(DRAW_IDS, [emails])])
  return { owners, ids: ids.map(({ id }) => id) }
}

export function decideRegistration(
  state: Registrations,
  { input, precomputed, now }: Item,
): Decision<User, Registration> {
  const email = normaliseEmail(input.email)
  if (state.owners.has(email)) return refuse(userErrors.EMAIL_TAKEN())
  const account = newAccount({ id: state.ids[0]!, name: input.name, email, role: 'customer', now })
  return accept(userReply(account), [{ account, passwordHash: precomputed }], [userRegistered(account)])
}

export function evolveRegistrations(state: Registrations, { account }: Registration): void {
  state.owners.set(account.email, account.id)
  state.ids.shift()
}

interface Newcomer {
  readonly id: string
  readonly name: string
  /** Normalised. */
  readonly email: string
  readonly role: Role
  /** ISO 8601. */
  readonly now: string
}

export function newAccount({ id, name, email, role, now }: Newcomer): Account {
  return { id, name: name.trim(), email, role, version: 1, eventVersion: 1, createdAt: now, updatedAt: now }
}

export function saveRegistrations(tx: Writer, registrations: readonly Registration[]): void {
  const accounts = registrations.map(({ account }) => account)
  const ids = accounts.map(({ id }) => id)
  const emails = accounts.map(({ email }) => email)
  const times = accounts.map(({ createdAt }) => createdAt)
  const [names, roles] = [accounts.map(({ name }) => name), accounts.map(({ role }) => role)]
  tx.execute(INSERT_USERS, [ids, names, emails, roles, times])
  tx.execute(INSERT_EMAILS, [emails, ids])
  tx.execute(INSERT_CREDENTIALS, [ids, registrations.map(({ passwordHash }) => passwordHash), times])
}

// Only for addresses that are free: who tries a taken one uses up no id.
const DRAW_IDS = `
  SELECT nextval('user_ids')::text AS id
  FROM unnest($1::text[]) AS wanted (email)
  WHERE NOT EXISTS (SELECT FROM user_emails WHERE user_emails.email = wanted.email)`

const INSERT_USERS = `
  INSERT INTO users (user_id, name, email, role, version, event_version, created_at, updated_at)
  SELECT id, name, email, role, 1, 1, created_at, created_at
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    AS account (id, name, email, role, created_at)`

const INSERT_EMAILS = `
  INSERT INTO user_emails (email, user_id)
  SELECT * FROM unnest($1::text[], $2::bigint[])`

const INSERT_CREDENTIALS = `
  INSERT INTO credentials (user_id, password_hash, changed_at)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[])`
