import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { createFrontier } from '../../contract/index.ts'
import { isError } from '../../core/index.ts'
import { createConsistencyTokens } from './consistency-tokens.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import { createManualClock } from '../gateway.fixture.ts'

const secret = randomBytes(32)

function tokensOf(known: Readonly<Record<string, number>> = {}, https = false) {
  const frontier = createFrontier()
  frontier.raise(known)
  const clock = createManualClock()
  return { frontier, clock, tokens: createConsistencyTokens({ frontier, secret, clock, https }) }
}

function headersOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), pairs[at + 1]!]] : [])))
}

describe('a consistency token', () => {
  test('says what the process knew when it was issued, to every gateway with the secret', () => {
    const { tokens, frontier } = tokensOf({ 'orders/0/1': 7 })
    const echoed = headersOf(tokens.issue({}))
    frontier.raise({ 'orders/0/1': 9 })
    assert.deepEqual(tokensOf().tokens.read(echoed), { 'orders/0/1': 7 })
    assert.deepEqual(tokens.read(headersOf(tokens.issue({}))), { 'orders/0/1': 9 })
  })

  test('covers what the caller had seen before, also at another gateway', () => {
    const before = headersOf(tokensOf({ 'orders/0/1': 7, 'users/0/1': 3 }).tokens.issue({}))
    const { tokens } = tokensOf({ 'orders/0/1': 5, 'payments/0/1': 2 })
    const merged = tokens.read(headersOf(tokens.issue(before)))
    assert.deepEqual(merged, { 'orders/0/1': 7, 'users/0/1': 3, 'payments/0/1': 2 })
  })

  test('where nothing is known there is none, and none is needed', () => {
    assert.deepEqual(tokensOf().tokens.issue({}), [])
    assert.equal(tokensOf().tokens.read({}), undefined)
  })

  test('names the eight logs that moved last', () => {
    const known = Object.fromEntries(Array.from({ length: 12 }, (_, shard) => [`orders/${shard}/1`, shard + 1]))
    const { tokens } = tokensOf(known)
    const named = Object.keys(tokens.read(headersOf(tokens.issue({})))!)
    assert.deepEqual(named, Object.keys(known).slice(-8))
  })

  test('is forgotten after an hour', async () => {
    const { tokens, clock } = tokensOf({ 'orders/0/1': 7 })
    const echoed = headersOf(tokens.issue({}))
    await clock.advance(3_600_000)
    assert.ok(tokens.read(echoed))
    await clock.advance(1_001)
    assert.equal(tokens.read(echoed), undefined)
  })

  test('one that was changed, cut or made up is refused by a read and passed over by a write', () => {
    const { tokens } = tokensOf({ 'orders/0/1': 7 })
    const good = headersOf(tokens.issue({}))['consistency-token']!
    const forged = Buffer.from('9999999999 {"orders/0/1":9007199254740991}').toString('base64url')
    const [, signature] = good.split('.')
    for (const token of [
      '',
      'x',
      good.slice(1),
      good.slice(0, -1),
      `${good}.x`,
      `${forged}.${signature}`,
      'a'.repeat(2_000),
    ]) {
      const inbound = { 'consistency-token': token }
      assert.throws(
        () => tokens.read(inbound),
        (error) => isError(error, gatewayErrors.INVALID_HEADER),
        token,
      )
      assert.deepEqual(tokens.read(headersOf(tokens.issue(inbound))), { 'orders/0/1': 7 })
    }
  })
})

describe('for browsers', () => {
  test('a cookie carries it; programs get none', () => {
    const { tokens } = tokensOf({ 'orders/0/1': 7 })
    const pairs = headersOf(tokens.issue({ 'sec-fetch-site': 'same-origin' }))
    const cookie = pairs['set-cookie']!
    assert.match(cookie, /^banyan-consistency=\S+; Path=\/api; Max-Age=3600; HttpOnly; SameSite=Lax$/)
    assert.deepEqual(tokens.read({ cookie: `a=b; ${cookie.split(';')[0]!}; c=d` }), { 'orders/0/1': 7 })
    assert.equal(tokens.read({ cookie: 'a=b; not-banyan-consistency=x' }), undefined)
    assert.equal('set-cookie' in headersOf(tokens.issue({})), false)
  })

  test('over HTTPS it never travels in the clear', () => {
    const { tokens } = tokensOf({ 'orders/0/1': 7 }, true)
    assert.match(headersOf(tokens.issue({ 'sec-fetch-site': 'none' }))['set-cookie']!, /; Secure$/)
  })
})
