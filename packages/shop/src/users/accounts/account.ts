import { reply, type Call, type Reply } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { NewEvent } from 'banyan/log'
import type { Role, User } from '../schemas.ts'

/** A user who is not deleted, as commands and queries see one (the view `live_users`). */
export interface Account {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  /** Rises with each change that a reader of the user sees. */
  readonly version: number
  /** Counts the account's events. */
  readonly eventVersion: number
  /** ISO 8601. */
  readonly createdAt: string
  readonly updatedAt: string
}

export function toUser({ id, name, email, role, createdAt, updatedAt }: Account): User {
  return { id, name, email, role, createdAt, updatedAt }
}

export function userReply(account: Account): Reply<User> {
  return reply(toUser(account), { versions: versionOf(account), changedAt: account.updatedAt })
}

/** What `ETag` and `If-Match` compare. */
export function versionOf(account: Account): string {
  return `u${account.version}`
}

/** False when the caller named other versions than the present one. */
export function meetsPrecondition(account: Account, { ifMatch }: Call): boolean {
  return ifMatch === null || ifMatch.split(' ').includes(versionOf(account))
}

/** An API key acts for its user within its scopes; what would widen its reach needs somebody who logged in. */
export function usesApiKey({ principal }: Call): boolean {
  return principal.kind === 'user' && principal.scopes !== null
}

/** The refusal for `usesApiKey`. */
export function needsSession() {
  return coreErrors.FORBIDDEN({ needed: 'the access token of a log-in, not an API key' })
}

export function userRegistered({ id, name }: Account): NewEvent {
  return { type: 'users.user-registered.v1', aggregateId: id, version: 1, payload: { userId: id, name } }
}

export function userRenamed({ id, name, eventVersion }: Account): NewEvent {
  return { type: 'users.user-renamed.v1', aggregateId: id, version: eventVersion, payload: { userId: id, name } }
}

export function userDeleted({ id, eventVersion }: Account): NewEvent {
  return { type: 'users.user-deleted.v1', aggregateId: id, version: eventVersion + 1, payload: { userId: id } }
}
