import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import { reply, type InputOf, type Reply } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { Session, Writer } from 'banyan/data'
import { lockAccounts } from '../accounts/account-store.ts'
import { needsSession, usesApiKey, type Account } from '../accounts/account.ts'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import type { NewApiKey } from '../schemas.ts'
import { toApiKey, type KeyDerivation, type NewKey, type StoredApiKey } from './api-key.ts'
import { insertApiKeys, readApiKeys } from './api-key-store.ts'

type Input = InputOf<typeof users.operations.createApiKey>
type Item = CommandItem<Input>

export interface KeyRings {
  readonly accounts: ReadonlyMap<string, Account>
  /** By user id; revoked ones too, as long as they are remembered. */
  readonly keys: Map<string, StoredApiKey[]>
}

export const MAX_API_KEYS_PER_USER = 20

export function createApiKey(derive: KeyDerivation): CommandHandler<Input, NewApiKey, KeyRings, NewKey> {
  return {
    load: loadKeyRings,
    decide: (state, item) => decideApiKey(derive, state, item),
    evolve: evolveKeyRings,
    save: (tx: Writer, changes) => insertApiKeys(tx, changes),
  }
}

async function loadKeyRings(tx: Session, items: readonly Item[]): Promise<KeyRings> {
  const ids = items.map(({ input }) => input.userId)
  const [accounts, keys] = await Promise.all([lockAccounts(tx, ids), readApiKeys(tx, ids)])
  return { accounts, keys: Map.groupBy(keys, ({ userId }) => userId) }
}

function decideApiKey(derive: KeyDerivation, state: KeyRings, item: Item): Decision<NewApiKey, NewKey> {
  const { input, call } = item
  if (usesApiKey(call)) return refuse(needsSession())
  if (!state.accounts.has(input.userId)) return refuse(coreErrors.NOT_FOUND())
  const ring = state.keys.get(input.userId) ?? []
  const earlier = ring.find(({ idempotencyKey }) => idempotencyKey === call.key)
  if (earlier) return isSame(earlier, input) ? accept(showKey(earlier, derive, true)) : refuse(coreErrors.KEY_REUSED())
  const count = ring.filter(({ isRevoked }) => !isRevoked).length
  if (count >= MAX_API_KEYS_PER_USER) {
    return refuse(userErrors.TOO_MANY_API_KEYS({ count, limit: MAX_API_KEYS_PER_USER }))
  }
  const id = item.newId('key', input.userId)
  const { keyHash, lastCharacters } = derive(id)
  const row = { ...toRow(item, id), lastCharacters }
  return accept(showKey(row, derive, false), [{ row, keyHash }])
}

function toRow({ input, call, now }: Item, id: string): Omit<StoredApiKey, 'lastCharacters'> {
  const { userId, name, scopes } = input
  const idempotencyKey = call.key ?? id
  return { userId, id, name: name.trim(), scopes, idempotencyKey, createdAt: now, isRevoked: false }
}

function isSame(earlier: StoredApiKey, { name, scopes }: Input): boolean {
  return earlier.name === name.trim() && earlier.scopes.toSorted().join() === scopes.toSorted().join()
}

function showKey(row: StoredApiKey, derive: KeyDerivation, replayed: boolean): Reply<NewApiKey> {
  return reply({ ...toApiKey(row), key: derive(row.id).key }, { replayed })
}

function evolveKeyRings(state: KeyRings, { row }: NewKey): void {
  state.keys.set(row.userId, [...(state.keys.get(row.userId) ?? []), row])
}
