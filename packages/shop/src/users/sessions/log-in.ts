import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import { reply, type Call, type InputOf } from 'banyan/contract'
import { createOwnedId, type Random } from 'banyan/core'
import type { Session } from 'banyan/data'
import { shareAccounts } from '../accounts/account-store.ts'
import type { Account } from '../accounts/account.ts'
import { normaliseEmail } from '../accounts/email-directory.ts'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import { findCredential, readPasswordHashes } from '../passwords/password-store.ts'
import type { Tokens } from '../schemas.ts'
import { issuePair, toTokens, type PairIssuer, type TokenPair } from './issue-pair.ts'
import { insertSessions, type SessionRow } from './session-store.ts'

type Input = InputOf<typeof users.operations.createSession>
type Item = CommandItem<Input, LogIn | null>

/** The given password was the one behind `provenHash`. */
export interface LogIn {
  readonly provenHash: string
  readonly pair: TokenPair
}

export interface LogIns {
  readonly accounts: ReadonlyMap<string, Account>
  /** User id → password hash. */
  readonly hashes: ReadonlyMap<string, string>
}

export interface LogInOptions extends PairIssuer {
  readonly hasher: PasswordHasher
  readonly database: Session
  readonly random: Random
}

export function logIn(options: LogInOptions): CommandHandler<Input, Tokens, LogIns, SessionRow, LogIn | null> {
  return {
    precompute: (input, call) => provePassword(options, input, call),
    load: loadLogIns,
    decide: decideLogIn,
    evolve: () => {}, // a user may log in any number of times
    save: (tx, sessions) => insertSessions(tx, sessions),
  }
}

/** An unknown address takes the same way as a known one with a wrong password, so that neither answer nor time tells them apart. */
async function provePassword(options: LogInOptions, input: Input, call: Call): Promise<LogIn | null> {
  const credential = await findCredential(options.database, normaliseEmail(input.email))
  const isProven = await options.hasher.verify(credential?.passwordHash ?? null, input.password, call.signal)
  if (!credential || !isProven) return null
  const { userId, passwordHash } = credential
  const pair = await issuePair(options, userId, createOwnedId('ses', userId, options.random))
  return { provenHash: passwordHash, pair }
}

async function loadLogIns(tx: Session, items: readonly Item[]): Promise<LogIns> {
  const ids = items.flatMap(({ precomputed }) => precomputed?.pair.userId ?? [])
  const [accounts, hashes] = await Promise.all([shareAccounts(tx, ids), readPasswordHashes(tx, ids)])
  return { accounts, hashes }
}

export function decideLogIn(state: LogIns, { precomputed, now }: Item): Decision<Tokens, SessionRow> {
  if (!precomputed) return refuse(userErrors.BAD_CREDENTIALS())
  const { pair, provenHash } = precomputed
  const account = state.accounts.get(pair.userId)
  // Deleted, or given another password, since the hash was compared.
  if (!account || state.hashes.get(account.id) !== provenHash) return refuse(userErrors.BAD_CREDENTIALS())
  const { userId, sessionId, tokenHash } = pair
  return accept(reply(toTokens(pair, account)), [{ userId, sessionId, tokenHash, refreshedAt: now }])
}
