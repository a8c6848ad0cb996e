import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import { reply, type InputOf } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { Session, Writer } from 'banyan/data'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import { lockAccounts, lockAdminCount } from './account-store.ts'
import { meetsPrecondition, needsSession, userDeleted, usesApiKey, type Account } from './account.ts'
import { isLastAdmin } from './change-role.ts'
import { endAllSessions } from '../sessions/session-store.ts'

type Input = InputOf<typeof users.operations.deleteUser>
type Item = CommandItem<Input>

export interface Members {
  readonly accounts: Map<string, Account>
  adminCount: number
}

export interface Deletion {
  readonly account: Account
  readonly now: string
}

export const deleteUser: CommandHandler<Input, null, Members, Deletion> = {
  load: loadMembers,
  decide: decideDeletion,
  evolve: evolveMembers,
  save: saveDeletions,
}

async function loadMembers(tx: Session, items: readonly Item[]): Promise<Members> {
  const ids = items.map(({ input }) => input.userId)
  const [adminCount, accounts] = await Promise.all([lockAdminCount(tx), lockAccounts(tx, ids)])
  return { adminCount, accounts }
}

export function decideDeletion(state: Members, { input, call, now }: Item): Decision<null, Deletion> {
  if (usesApiKey(call)) return refuse(needsSession())
  const account = state.accounts.get(input.userId)
  if (!account) return refuse(coreErrors.NOT_FOUND())
  if (!meetsPrecondition(account, call)) return refuse(coreErrors.PRECONDITION_FAILED())
  if (isLastAdmin(account, state.adminCount)) return refuse(userErrors.LAST_ADMIN({ userId: account.id }))
  return accept(reply(null), [{ account, now }], [userDeleted(account)])
}

function evolveMembers(state: Members, { account }: Deletion): void {
  state.accounts.delete(account.id)
  if (account.role === 'admin') state.adminCount--
}

/** The row stays, because orders and payments name its id; everything that tells who it was goes. */
function saveDeletions(tx: Writer, deletions: readonly Deletion[]): void {
  const ids = deletions.map(({ account }) => account.id)
  tx.execute(MAKE_ANONYMOUS, [ids, deletions.map(({ now }) => now)])
  tx.execute(`DELETE FROM user_emails WHERE user_id = ANY ($1::bigint[])`, [ids])
  tx.execute(`DELETE FROM credentials WHERE user_id = ANY ($1::bigint[])`, [ids])
  tx.execute(`DELETE FROM api_keys WHERE user_id = ANY ($1::bigint[])`, [ids])
  endAllSessions(tx, ids)
}

const MAKE_ANONYMOUS = `
  UPDATE users
  SET name = 'Deleted user', email = NULL, role = 'customer', version = version + 1,
      event_version = event_version + 1, updated_at = deletion.at, deleted_at = deletion.at
  FROM unnest($1::bigint[], $2::timestamptz[]) AS deletion (user_id, at)
  WHERE users.user_id = deletion.user_id`
