import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commandItem, ITEM_TIME } from '../../testing/command-item.ts'
import type { Account } from '../accounts/account.ts'
import { userErrors } from '../errors.ts'
import type { TokenPair } from './issue-pair.ts'
import { decideLogIn } from './log-in.ts'
import { decideRefresh, evolveSessions, type LiveSessions } from './refresh.ts'

const ada: Account = {
  id: '7',
  name: 'Ada',
  email: 'ada@example.com',
  role: 'customer',
  version: 1,
  eventVersion: 1,
  createdAt: '2025-01-01T00:00:00.000Z',
  updatedAt: '2025-01-01T00:00:00.000Z',
}
const key = { userId: '7', sessionId: 'ses_7_0000000000000000' }
const pairOf = (tokenHash: Buffer): TokenPair => ({
  ...key,
  tokenHash,
  accessToken: 'access',
  refreshToken: 'refresh',
  expiresAt: '2026-01-15T10:45:00.000Z',
})
const [spent, unspent, next] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer]

describe('log-in', () => {
  const accounts = new Map([['7', ada]])
  const item = commandItem({ email: '', password: '' }, { precomputed: { provenHash: 'proven', pair: pairOf(next) } })

  test('given the hash that the password was proven against: a session', () => {
    const decision = decideLogIn({ accounts, hashes: new Map([['7', 'proven']]) }, item)
    assert.equal(decision.kind, 'accept')
    assert.deepEqual(decision.changes, [{ ...key, tokenHash: next, refreshedAt: ITEM_TIME }])
  })

  test('given another hash meanwhile, a deleted user, or no proof: bad credentials', () => {
    const hashes = new Map([['7', 'proven']])
    const decisions = [
      decideLogIn({ accounts, hashes: new Map([['7', 'changed']]) }, item),
      decideLogIn({ accounts: new Map(), hashes }, item),
      decideLogIn({ accounts, hashes }, commandItem({ email: '', password: '' }, { precomputed: null })),
    ]
    for (const decision of decisions) {
      assert.equal(decision.kind === 'refuse' && decision.error.code, userErrors.BAD_CREDENTIALS.code)
    }
  })
})

describe('refresh', () => {
  const state = (): LiveSessions => ({ hashes: new Map([[key.sessionId, unspent]]), accounts: new Map([['7', ada]]) })
  const refresh = (hash: Buffer, live = state()) =>
    decideRefresh(
      live,
      commandItem({ refreshToken: '' }, { precomputed: { given: { ...key, hash }, pair: pairOf(next) } }),
    )

  test('given the unspent token: the session goes on with the next', () => {
    const decision = refresh(unspent)
    assert.equal(decision.kind, 'accept')
    assert.deepEqual(decision.changes, [{ kind: 'rotated', row: { ...key, tokenHash: next, refreshedAt: ITEM_TIME } }])
  })

  test('given a spent token: refused, and the session ends', () => {
    const decision = refresh(spent)
    assert.equal(decision.kind === 'refuse' && decision.error.code, userErrors.BAD_REFRESH_TOKEN.code)
    assert.deepEqual(decision.changes, [{ kind: 'ended', key }])
  })

  test('given the same token twice in a batch: the second ends the session, a third finds none', () => {
    const live = state()
    const kinds = [1, 2, 3].map(() => {
      const decision = refresh(unspent, live)
      for (const change of decision.changes) evolveSessions(live, change)
      return [decision.kind, ...decision.changes.map(({ kind }) => kind)]
    })
    assert.deepEqual(kinds, [['accept', 'rotated'], ['refuse', 'ended'], ['refuse']])
  })

  test('given no session, or a token that we never issued: refused, nothing ends', () => {
    const decisions = [
      refresh(unspent, { hashes: new Map(), accounts: new Map([['7', ada]]) }),
      decideRefresh(state(), commandItem({ refreshToken: '' }, { precomputed: null })),
    ]
    for (const decision of decisions) {
      assert.equal(decision.kind === 'refuse' && decision.error.code, userErrors.BAD_REFRESH_TOKEN.code)
      assert.deepEqual(decision.changes, [])
    }
  })
})
