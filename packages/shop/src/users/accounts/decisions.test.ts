import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Decision } from 'banyan/command'
import { coreErrors, type ErrorFactory } from 'banyan/core'
import { commandItem, ITEM_TIME } from '../../testing/command-item.ts'
import { userPrincipal } from '../../testing/principals.ts'
import { userErrors } from '../errors.ts'
import type { Account } from './account.ts'
import { decideRole } from './change-role.ts'
import { decideDeletion } from './delete.ts'
import { decideRegistration, evolveRegistrations } from './register.ts'
import { decideUpdate } from './update.ts'

const ada: Account = {
  id: '7',
  name: 'Ada',
  email: 'ada@example.com',
  role: 'customer',
  version: 3,
  eventVersion: 2,
  createdAt: '2025-01-01T00:00:00.000Z',
  updatedAt: '2025-01-01T00:00:00.000Z',
}
const accounts = (...known: Account[]) => new Map(known.map((account) => [account.id, account]))
const byKey = { principal: userPrincipal('7', { scopes: ['users:write'] }) }

describe('register', () => {
  const input = { name: ' Ada ', email: ' ADA@example.com', password: '' }

  test('given a free address: an account with the next id, and the event without the address', () => {
    const state = { owners: new Map<string, string>(), ids: ['7', '8'] }
    const decision = accepted(decideRegistration(state, commandItem(input, { precomputed: '$argon2id$' })))
    const account = { ...ada, version: 1, eventVersion: 1, createdAt: ITEM_TIME, updatedAt: ITEM_TIME }
    assert.deepEqual(decision.changes, [{ account, passwordHash: '$argon2id$' }])
    const [event] = decision.events
    assert.deepEqual(
      [event!.type, event!.version, event!.payload],
      ['users.user-registered.v1', 1, { userId: '7', name: 'Ada' }],
    )
  })

  test('given an address taken earlier in the batch: refused, and the next one gets the next id', () => {
    const state = { owners: new Map<string, string>(), ids: ['7', '8'] }
    const [change] = accepted(decideRegistration(state, commandItem(input, { precomputed: '' }))).changes
    evolveRegistrations(state, change!)
    refusedWith(decideRegistration(state, commandItem(input, { precomputed: '' })), userErrors.EMAIL_TAKEN)
    const other = commandItem({ ...input, email: 'bob@example.com' }, { precomputed: '' })
    assert.equal(accepted(decideRegistration(state, other)).reply.data.id, '8')
  })
})

describe('update', () => {
  const state = () => ({ accounts: accounts(ada), owners: new Map([['bob@example.com', '8']]) })
  const update = (change: object, call: object = {}) =>
    decideUpdate(state(), commandItem({ userId: '7', ...change }, call))

  test('a new name: version and event version rise', () => {
    const { reply, events, changes } = accepted(update({ name: ' Ada L. ' }))
    assert.equal(reply.versions, 'u4')
    assert.equal(reply.changedAt, ITEM_TIME)
    assert.deepEqual(
      events.map(({ type, version, payload }) => ({ type, version, payload })),
      [{ type: 'users.user-renamed.v1', version: 3, payload: { userId: '7', name: 'Ada L.' } }],
    )
    assert.equal(changes[0]!.after.eventVersion, 3)
  })

  test('a new address alone: no event, the event version stays', () => {
    const { events, changes } = accepted(update({ email: 'ADA2@example.com' }))
    assert.deepEqual(events, [])
    const { after } = changes[0]!
    assert.deepEqual([after.email, after.version, after.eventVersion], ['ada2@example.com', 4, 2])
  })

  test('nothing new: the present version, no change', () => {
    const { reply, changes } = accepted(update({ name: 'Ada', email: 'Ada@Example.com' }))
    assert.deepEqual([reply.versions, changes], ['u3', []])
  })

  test('somebody else’s address, another version, an unknown user: refused', () => {
    refusedWith(update({ email: 'bob@example.com' }), userErrors.EMAIL_TAKEN)
    refusedWith(update({ name: 'A' }, { ifMatch: 'u2' }), coreErrors.PRECONDITION_FAILED)
    refusedWith(update({ userId: '8', name: 'A' }), coreErrors.NOT_FOUND)
    refusedWith(update({ name: 'A' }, { ifMatch: 'u2 u33' }), coreErrors.PRECONDITION_FAILED)
    accepted(update({ name: 'A' }, { ifMatch: 'u3' }))
    accepted(update({ name: 'A' }, { ifMatch: 'u2 u3' }))
  })
})

describe('role and deletion', () => {
  const root: Account = { ...ada, id: '1', role: 'admin' }
  const state = (adminCount: number) => ({ accounts: accounts(ada, root), adminCount })

  test('the last admin is neither demoted nor deleted; with a second one both are possible', () => {
    const demote = commandItem({ userId: '1', role: 'customer' as const })
    refusedWith(decideRole(state(1), demote), userErrors.LAST_ADMIN)
    refusedWith(decideDeletion(state(1), commandItem({ userId: '1' })), userErrors.LAST_ADMIN)
    accepted(decideRole(state(2), demote))
    accepted(decideDeletion(state(2), commandItem({ userId: '1' })))
  })

  test('a role that stays changes nothing', () => {
    const decision = accepted(decideRole(state(1), commandItem({ userId: '1', role: 'admin' as const })))
    assert.deepEqual([decision.reply.versions, decision.changes], ['u3', []])
  })

  test('a deletion is the account’s last event', () => {
    const { events } = accepted(decideDeletion(state(1), commandItem({ userId: '7' })))
    assert.deepEqual(
      events.map(({ type, version, payload }) => ({ type, version, payload })),
      [{ type: 'users.user-deleted.v1', version: 3, payload: { userId: '7' } }],
    )
  })

  test('an API key does neither, and learns nothing of who exists', () => {
    refusedWith(
      decideRole(state(2), commandItem({ userId: '99', role: 'admin' as const }, byKey)),
      coreErrors.FORBIDDEN,
    )
    refusedWith(decideDeletion(state(2), commandItem({ userId: '99' }, byKey)), coreErrors.FORBIDDEN)
  })
})

function accepted<Output, Change>(decision: Decision<Output, Change>) {
  assert.equal(decision.kind, 'accept', decision.kind === 'refuse' ? decision.error.message : '')
  return decision as Extract<Decision<Output, Change>, { kind: 'accept' }>
}

function refusedWith(decision: Decision<unknown, unknown>, error: ErrorFactory): void {
  assert.equal(decision.kind === 'refuse' && decision.error.code, error.code)
  assert.deepEqual(decision.changes, [])
}
