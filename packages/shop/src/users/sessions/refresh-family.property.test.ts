import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from 'banyan/core'
import { simulate } from 'banyan/testing'
import fc from 'fast-check'
import { commandItem } from '../../testing/command-item.ts'
import type { Account } from '../accounts/account.ts'
import { decideRefresh, evolveSessions, type LiveSessions } from './refresh.ts'
import { createRefreshTokens } from './refresh-token.ts'

const USERS = ['7', '8']
const sessionOf = (userId: string) => `ses_${userId}_0000000000000000`

interface Request {
  readonly userId: string
  /** Of all tokens of the session, the newest first; or one that nobody issued. */
  readonly age: number | 'forged'
  /** The client never hears the answer, and goes on with what it has. */
  readonly isAnswerLost: boolean
}

const request: fc.Arbitrary<Request> = fc.record({
  userId: fc.constantFrom(...USERS),
  // Mostly a client that does as it should, sometimes a thief or a client that lost an answer.
  age: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom<number | 'forged'>(1, 2, 5, 'forged') },
  ),
  isAnswerLost: fc.boolean(),
})
/** Requests of one batch were sent before any of its answers came. */
const batches = fc.array(fc.array(request, { minLength: 1, maxLength: 4 }), { maxLength: 20, size: 'max' })

test('owners, thieves, doubled and lost requests: a token works once, and a spent one ends its family, and no other', async (t) => {
  const counts = { rotated: 0, ended: 0, refused: 0 }
  const tokens = createRefreshTokens({ secret: Buffer.alloc(32, 3), random: systemRandom })
  const property = fc.asyncProperty(batches, async (rounds) => {
    const first = USERS.map((userId) => [userId, tokens.issue(sessionOf(userId))] as const)
    const state: LiveSessions = {
      hashes: new Map(first.map(([userId, { hash }]) => [sessionOf(userId), hash])),
      accounts: new Map(USERS.map((id) => [id, accountOf(id)])),
    }
    // The model: every token that was ever issued, and the one that is good.
    const issued = new Map(first.map(([userId, { text }]) => [userId, [text]]))
    const good = new Map(first.map(([userId, { text }]) => [userId, text as string | null]))
    const known = new Map(first.map(([userId, { text }]) => [userId, [text]]))

    for (const round of rounds) {
      const sent = round.map((one) => ({ ...one, text: tokenOf(one) }))
      for (const { userId, text, isAnswerLost } of sent) {
        const given = tokens.parse(text)
        const next = tokens.issue(sessionOf(userId))
        const item = commandItem(
          { refreshToken: text },
          { precomputed: given && { given, pair: pairOf(userId, next) } },
        )
        const decision = decideRefresh(state, item)
        for (const change of decision.changes) evolveSessions(state, change)

        const isGood = good.get(userId) === text
        const isSpent = !isGood && issued.get(userId)!.includes(text)
        assert.equal(decision.kind, isGood ? 'accept' : 'refuse', 'exactly the unspent token works')
        counts[isGood ? 'rotated' : 'refused']++
        if (isSpent && good.get(userId) !== null) counts.ended++
        if (isSpent) good.set(userId, null)
        if (isGood) {
          issued.get(userId)!.push(next.text)
          good.set(userId, next.text)
        }
        if (isGood && !isAnswerLost) known.get(userId)!.push(next.text)
        for (const user of USERS) {
          assert.equal(state.hashes.has(sessionOf(user)), good.get(user) !== null, `the family of ${user}`)
        }
      }
    }

    function tokenOf({ userId, age }: Request): string {
      const own = known.get(userId)!
      if (age === 'forged') return own[0]!.replace(/.{43}$/, 'A'.repeat(43))
      return own[Math.max(0, own.length - 1 - age)]!
    }
  })
  await simulate(t, { name: 'users.refresh-family', runs: 500, property })
  assert.ok(counts.rotated > 1_000 && counts.ended > 200, JSON.stringify(counts))
})

function pairOf(userId: string, { text, hash }: { readonly text: string; readonly hash: Buffer }) {
  const expiresAt = '2026-01-15T10:45:00.000Z'
  return { userId, sessionId: sessionOf(userId), tokenHash: hash, accessToken: 'access', refreshToken: text, expiresAt }
}

function accountOf(id: string): Account {
  const at = '2025-01-01T00:00:00.000Z'
  return {
    id,
    name: 'Ada',
    email: `${id}@example.com`,
    role: 'customer',
    version: 1,
    eventVersion: 1,
    createdAt: at,
    updatedAt: at,
  }
}
