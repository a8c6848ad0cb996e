import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import { reply, type InputOf } from 'banyan/contract'
import type { Session, Writer } from 'banyan/data'
import { readAccounts } from '../accounts/account-store.ts'
import type { Account } from '../accounts/account.ts'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import type { Tokens } from '../schemas.ts'
import { issuePair, toTokens, type PairIssuer, type TokenPair } from './issue-pair.ts'
import type { GivenToken } from './refresh-token.ts'
import { endSessions, lockSessions, rotateSessions, type SessionKey, type SessionRow } from './session-store.ts'

type Input = InputOf<typeof users.operations.refreshSession>
type Item = CommandItem<Input, Refresh | null>

export interface Refresh {
  readonly given: GivenToken
  readonly pair: TokenPair
}

export interface LiveSessions {
  /** Session id → hash of its unspent token. */
  readonly hashes: Map<string, Buffer>
  readonly accounts: ReadonlyMap<string, Account>
}

export type SessionChange =
  | { readonly kind: 'rotated'; readonly row: SessionRow }
  | { readonly kind: 'ended'; readonly key: SessionKey }

/**
 * Spends a refresh token. A spent token that comes back ends its session, for the thief and for the owner: the server
 * cannot tell which of them sent it (RFC 9700, 4.14.2). So of two requests with one token at once the first gets a
 * pair, the second ends the session and with it that pair. Rejected: letting a token pass again for some seconds; it
 * spares clients with two tabs, but in that time a thief goes unnoticed. Clients refresh one at a time.
 */
export function refreshSession(
  issuer: PairIssuer,
): CommandHandler<Input, Tokens, LiveSessions, SessionChange, Refresh | null> {
  return {
    precompute: (input) => preparePair(issuer, input),
    load: loadSessions,
    decide: decideRefresh,
    evolve: evolveSessions,
    save: saveSessions,
  }
}

async function preparePair(issuer: PairIssuer, { refreshToken }: Input): Promise<Refresh | null> {
  const given = issuer.refreshTokens.parse(refreshToken)
  return given && { given, pair: await issuePair(issuer, given.userId, given.sessionId) }
}

async function loadSessions(tx: Session, items: readonly Item[]): Promise<LiveSessions> {
  const given = items.flatMap(({ precomputed }) => precomputed?.given ?? [])
  const [hashes, accounts] = await Promise.all([
    lockSessions(tx, given, items[0]!.now),
    readAccounts(
      tx,
      given.map(({ userId }) => userId),
    ),
  ])
  return { hashes, accounts }
}

export function decideRefresh(state: LiveSessions, { precomputed, now }: Item): Decision<Tokens, SessionChange> {
  if (!precomputed) return refuse(userErrors.BAD_REFRESH_TOKEN())
  const { given, pair } = precomputed
  const { userId, sessionId, tokenHash } = pair
  const unspent = state.hashes.get(sessionId)
  const account = state.accounts.get(userId)
  if (!unspent || !account) return refuse(userErrors.BAD_REFRESH_TOKEN())
  if (!unspent.equals(given.hash)) {
    return refuse(userErrors.BAD_REFRESH_TOKEN(), [{ kind: 'ended', key: { userId, sessionId } }])
  }
  const row = { userId, sessionId, tokenHash, refreshedAt: now }
  return accept(reply(toTokens(pair, account)), [{ kind: 'rotated', row }])
}

export function evolveSessions(state: LiveSessions, change: SessionChange): void {
  if (change.kind === 'ended') state.hashes.delete(change.key.sessionId)
  else state.hashes.set(change.row.sessionId, change.row.tokenHash)
}

/** In this order: a session that was rotated and then ended in one batch is ended. */
function saveSessions(tx: Writer, changes: readonly SessionChange[]): void {
  rotateSessions(
    tx,
    changes.flatMap((change) => (change.kind === 'rotated' ? change.row : [])),
  )
  endSessions(
    tx,
    changes.flatMap((change) => (change.kind === 'ended' ? change.key : [])),
  )
}
