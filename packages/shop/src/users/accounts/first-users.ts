import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import { reply, type InputOf, type OutputOf } from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { users } from '../contract.ts'
import { userErrors } from '../errors.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import { lockAdminCount } from './account-store.ts'
import { userRegistered } from './account.ts'
import { normaliseEmail } from './email-directory.ts'
import {
  evolveRegistrations,
  loadRegistrations,
  newAccount,
  saveRegistrations,
  type Registration,
  type Registrations,
} from './register.ts'

type Input = InputOf<typeof users.operations.createFirstUsers>
type Output = OutputOf<typeof users.operations.createFirstUsers>
type Item = CommandItem<Input, FirstHashes>

export interface FirstHashes {
  readonly admin: string
  /** One for all: the customers of a demo share their password, and hashing it a hundred times takes seconds. */
  readonly customers: string
}

export interface FirstUsers extends Registrations {
  adminCount: number
}

/** A fresh database has no admin, and nobody could make one. Whoever comes second finds an admin and changes nothing. */
export function createFirstUsers(
  hasher: PasswordHasher,
): CommandHandler<Input, Output, FirstUsers, Registration, FirstHashes> {
  return {
    async precompute({ admin, customerPassword }, { signal }) {
      const hashes = [admin.password, customerPassword].map((password) => hasher.hash(password, signal))
      const [adminHash, customerHash] = await Promise.all(hashes)
      return { admin: adminHash!, customers: customerHash! }
    },
    load: loadFirstUsers,
    decide: decideFirstUsers,
    evolve: evolveFirstUsers,
    save: (tx, registrations) => saveRegistrations(tx, registrations),
  }
}

async function loadFirstUsers(tx: Session, items: readonly Item[]): Promise<FirstUsers> {
  const emails = items.flatMap(({ input }) => [input.admin, ...input.customers].map(({ email }) => email))
  const adminCount = await lockAdminCount(tx)
  // Not at every start: an id is drawn for each address that is free.
  const registrations = await loadRegistrations(tx, adminCount === 0 ? emails : [])
  return { adminCount, ...registrations }
}

function decideFirstUsers(state: FirstUsers, { input, precomputed, now }: Item): Decision<Output, Registration> {
  if (state.adminCount > 0) return accept(reply({ created: 0 }))
  const admin = { ...input.admin, email: normaliseEmail(input.admin.email) }
  // Whoever registered the address before must not become admin by it.
  if (state.owners.has(admin.email)) return refuse(userErrors.EMAIL_TAKEN())
  const customers = new Map(input.customers.map(({ name, email }) => [normaliseEmail(email), name]))
  for (const email of [admin.email, ...state.owners.keys()]) customers.delete(email)
  const newcomers = [
    { ...admin, role: 'admin' as const, passwordHash: precomputed.admin },
    ...Array.from(customers, ([email, name]) => ({
      name,
      email,
      role: 'customer' as const,
      passwordHash: precomputed.customers,
    })),
  ]
  const registrations = newcomers.map(({ passwordHash, ...newcomer }, index) => ({
    account: newAccount({ ...newcomer, id: state.ids[index]!, now }),
    passwordHash,
  }))
  const events = registrations.map(({ account }) => userRegistered(account))
  return accept(reply({ created: registrations.length }), registrations, events)
}

function evolveFirstUsers(state: FirstUsers, registration: Registration): void {
  evolveRegistrations(state, registration)
  if (registration.account.role === 'admin') state.adminCount++
}
