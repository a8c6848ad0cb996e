import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import { reply, type InputOf } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import { needsSession, usesApiKey } from '../accounts/account.ts'
import type { users } from '../contract.ts'
import type { Revocation } from './api-key.ts'
import { lockApiKeys, revokeApiKeys } from './api-key-store.ts'

type Input = InputOf<typeof users.operations.deleteApiKey>
type Item = CommandItem<Input>

/** The state: ids of the batch's keys that are live. */
export const revokeApiKey: CommandHandler<Input, null, Set<string>, Revocation> = {
  load: (tx, items) =>
    lockApiKeys(
      tx,
      items.map(({ input }) => input),
    ),
  decide: decideRevocation,
  evolve: (state, { keyId }) => void state.delete(keyId),
  save: (tx, revocations) => revokeApiKeys(tx, revocations),
}

function decideRevocation(state: Set<string>, { input, call, now }: Item): Decision<null, Revocation> {
  if (usesApiKey(call)) return refuse(needsSession())
  if (!state.has(input.keyId)) return refuse(coreErrors.NOT_FOUND())
  return accept(reply(null), [{ ...input, now }])
}
