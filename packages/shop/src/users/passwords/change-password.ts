import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import { reply, type Call, type InputOf } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { Session, Writer } from 'banyan/data'
import { lockAccounts } from '../accounts/account-store.ts'
import { needsSession, usesApiKey } from '../accounts/account.ts'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import { endAllSessions } from '../sessions/session-store.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { readPasswordHashes } from './password-store.ts'

type Input = InputOf<typeof users.operations.changePassword>
type Item = CommandItem<Input, PasswordProof | null>

/** The given password was the one behind `provenHash`. */
export interface PasswordProof {
  readonly provenHash: string
  readonly newHash: string
}

export interface Passwords {
  /** User id → hash, of users who are not deleted. */
  readonly hashes: Map<string, string>
}

export interface PasswordChange {
  readonly userId: string
  readonly newHash: string
  readonly now: string
}

export interface ChangePasswordOptions {
  readonly hasher: PasswordHasher
  readonly database: Session
}

export function changePassword(
  options: ChangePasswordOptions,
): CommandHandler<Input, null, Passwords, PasswordChange, PasswordProof | null> {
  return {
    precompute: (input, call) => provePassword(options, input, call),
    load: loadPasswords,
    decide: decidePassword,
    evolve: evolvePasswords,
    save: savePasswords,
  }
}

async function provePassword(
  { hasher, database }: ChangePasswordOptions,
  input: Input,
  call: Call,
): Promise<PasswordProof | null> {
  if (usesApiKey(call)) return null
  const provenHash = (await readPasswordHashes(database, [input.userId])).get(input.userId)
  if (provenHash === undefined) return null
  const isProven = await hasher.verify(provenHash, input.current, call.signal)
  return isProven ? { provenHash, newHash: await hasher.hash(input.new, call.signal) } : null
}

async function loadPasswords(tx: Session, items: readonly Item[]): Promise<Passwords> {
  const ids = items.map(({ input }) => input.userId)
  const [, hashes] = await Promise.all([lockAccounts(tx, ids), readPasswordHashes(tx, ids)])
  return { hashes }
}

function decidePassword(state: Passwords, { input, call, precomputed, now }: Item): Decision<null, PasswordChange> {
  if (usesApiKey(call)) return refuse(needsSession())
  const currentHash = state.hashes.get(input.userId)
  if (currentHash === undefined) return refuse(coreErrors.NOT_FOUND())
  // Proven against a hash that was replaced meanwhile is not proven.
  if (precomputed?.provenHash !== currentHash) return refuse(userErrors.BAD_CREDENTIALS())
  return accept(reply(null), [{ userId: input.userId, newHash: precomputed.newHash, now }])
}

function evolvePasswords(state: Passwords, { userId, newHash }: PasswordChange): void {
  state.hashes.set(userId, newHash)
}

// Within one batch a user appears once: a second change was proven against the hash that the first has replaced.
function savePasswords(tx: Writer, changes: readonly PasswordChange[]): void {
  const ids = changes.map(({ userId }) => userId)
  tx.execute(UPDATE_PASSWORDS, [ids, changes.map(({ newHash }) => newHash), changes.map(({ now }) => now)])
  endAllSessions(tx, ids)
}

const UPDATE_PASSWORDS = `
  UPDATE credentials
  SET password_hash = after.password_hash, changed_at = after.changed_at
  FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS after (user_id, password_hash, changed_at)
  WHERE credentials.user_id = after.user_id`
