import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { Session, Writer } from 'banyan/data'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import type { User } from '../schemas.ts'
import { lockAccounts, lockAdminCount } from './account-store.ts'
import { meetsPrecondition, needsSession, userReply, usesApiKey, type Account } from './account.ts'

type Input = InputOf<typeof users.operations.changeRole>
type Item = CommandItem<Input>

export interface Roles {
  readonly accounts: Map<string, Account>
  adminCount: number
}

export interface RoleChange {
  readonly after: Account
}

export const changeRole: CommandHandler<Input, User, Roles, RoleChange> = {
  load: loadRoles,
  decide: decideRole,
  evolve: evolveRoles,
  save: saveRoles,
}

async function loadRoles(tx: Session, items: readonly Item[]): Promise<Roles> {
  const ids = items.map(({ input }) => input.userId)
  const [adminCount, accounts] = await Promise.all([lockAdminCount(tx), lockAccounts(tx, ids)])
  return { adminCount, accounts }
}

export function decideRole(state: Roles, { input, call, now }: Item): Decision<User, RoleChange> {
  if (usesApiKey(call)) return refuse(needsSession())
  const before = state.accounts.get(input.userId)
  if (!before) return refuse(coreErrors.NOT_FOUND())
  if (!meetsPrecondition(before, call)) return refuse(coreErrors.PRECONDITION_FAILED())
  if (input.role === before.role) return accept(userReply(before))
  if (isLastAdmin(before, state.adminCount)) return refuse(userErrors.LAST_ADMIN({ userId: before.id }))
  const after: Account = { ...before, role: input.role, version: before.version + 1, updatedAt: now }
  return accept(userReply(after), [{ after }])
}

/** Without an admin nobody could make one. */
export function isLastAdmin(account: Account, adminCount: number): boolean {
  return account.role === 'admin' && adminCount <= 1
}

function evolveRoles(state: Roles, { after }: RoleChange): void {
  state.accounts.set(after.id, after)
  state.adminCount += after.role === 'admin' ? 1 : -1
}

function saveRoles(tx: Writer, changes: readonly RoleChange[], state: Roles): void {
  const ids = [...new Set(changes.map(({ after }) => after.id))]
  const accounts = ids.map((id) => state.accounts.get(id)!)
  tx.execute(UPDATE_ROLES, [
    ids,
    accounts.map(({ role }) => role),
    accounts.map(({ version }) => version),
    accounts.map(({ updatedAt }) => updatedAt),
  ])
}

const UPDATE_ROLES = `
  UPDATE users
  SET role = after.role, version = after.version, updated_at = after.updated_at
  FROM unnest($1::bigint[], $2::text[], $3::int[], $4::timestamptz[]) AS after (user_id, role, version, updated_at)
  WHERE users.user_id = after.user_id`
