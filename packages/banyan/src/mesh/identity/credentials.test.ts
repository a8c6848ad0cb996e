import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isError, systemClock, type Clock } from '../../core/index.ts'
import { createCredentials, meshErrors, requireClaim, type Credentials } from '../index.ts'
import { signToken } from './token.ts'

const secret = Buffer.alloc(32, 7)
const LIFE_MS = 300_000
const LEEWAY_MS = 30_000

function createSetClock(nowMs = Date.parse('2026-01-15T10:30:00.000Z')): Clock & { nowMs: number } {
  const clock = { ...systemClock, nowMs, now: () => clock.nowMs }
  return clock
}

function refused(task: () => unknown, part: RegExp): void {
  assert.throws(task, (error: Error) => isError(error, meshErrors.UNTRUSTED_CALLER) && part.test(error.message))
}

function of(
  names: readonly string[],
  clock: Clock,
  more: { secret?: Uint8Array; onBehalf?: boolean } = {},
): Credentials {
  return createCredentials({ names, clock, secret, ...more })
}

test('a token proves the names of who signed it, to its audience only', () => {
  const clock = createSetClock()
  const token = of(['orders', 'payments'], clock).issue('products')
  const products = of(['products'], clock)
  const { names, onBehalf } = products.verify(token, 'products')
  assert.deepEqual({ names, onBehalf }, { names: ['orders', 'payments'], onBehalf: true })
  for (const _ of ['first', 'remembered'])
    refused(() => products.verify(token, 'users'), /for 'products', not for 'users'/)
})

test('a token ends with its life and a leeway, remembered or not', () => {
  const clock = createSetClock()
  const token = of(['orders'], clock).issue('products')
  const products = of(['products'], clock)
  clock.nowMs += LIFE_MS + LEEWAY_MS
  products.verify(token, 'products')
  clock.nowMs += 1
  refused(() => products.verify(token, 'products'), /expired/)
})

test('who is three minutes ahead of the signer takes every token, who is further ahead only fresh ones, who is behind any', () => {
  const [signs, verifies] = [createSetClock(), createSetClock()]
  const [orders, products] = [of(['orders'], signs), of(['products'], verifies)]
  const takesAll = (aheadMs: number) => {
    for (let ageMs = 0; ageMs <= LIFE_MS; ageMs += 1_000) {
      signs.nowMs += 1_000
      verifies.nowMs = signs.nowMs + aheadMs
      products.verify(orders.issue('products'), 'products')
    }
  }
  for (const aheadMs of [LIFE_MS / 2 + LEEWAY_MS, 0, -600_000]) takesAll(aheadMs)
  refused(() => takesAll(LIFE_MS / 2 + LEEWAY_MS + 2_000), /expired, or a clock is wrong/)
})

test('it is signed anew at half its life, and when the clock was set back', () => {
  const clock = createSetClock()
  const { issue } = of(['orders'], clock)
  const first = issue('products')
  clock.nowMs += LIFE_MS / 2 - 1
  assert.equal(issue('products'), first)
  clock.nowMs += 1
  const second = issue('products')
  assert.notEqual(second, first)
  clock.nowMs -= LIFE_MS
  assert.notEqual(issue('products'), second)
})

test('nothing else is a token', () => {
  const clock = createSetClock()
  const { verify } = of(['products'], clock)
  const genuine = of(['orders'], clock).issue('products')
  const [version, claims, mac] = genuine.split('.') as [string, string, string]
  const other = Buffer.from(Buffer.from(claims, 'base64url').toString().replace('orders', 'gateway')).toString(
    'base64url',
  )
  const others = of(['orders'], clock, { secret: Buffer.alloc(32, 8) }).issue('products')
  const faulty = [
    ['', 'v1', 'v1..', 'a.b.c', genuine.slice(0, -1), `${genuine}.`, `v2.${claims}.${mac}`, 'x'.repeat(100_000)],
    [`${version}.${other}.${mac}`, others, `${version}.${claims}.`],
    [signToken({ names: [], audience: 'products', expiresAtMs: Infinity, onBehalf: true }, secret)],
  ].flat()
  for (const token of faulty) refused(() => verify(token, 'products'), /no token of ours/)
  verify(genuine, 'products')
})

test('a process calls in its own names, and for users only where its token says so', () => {
  const clock = createSetClock()
  const user = { kind: 'user', id: '1', role: 'admin', scopes: null, sessionId: null } as const
  const identity = (credentials: Credentials) =>
    of(['products'], clock).verify(credentials.issue('products'), 'products')
  const orders = identity(of(['orders'], clock))
  requireClaim(orders, { kind: 'service', name: 'orders' })
  requireClaim(orders, user)
  requireClaim(orders, { kind: 'anonymous' })
  refused(() => requireClaim(orders, { kind: 'service', name: 'gateway' }), /may not call in the name of 'gateway'/)
  const foreign = identity(of(['erp'], clock, { onBehalf: false }))
  requireClaim(foreign, { kind: 'service', name: 'erp' })
  refused(() => requireClaim(foreign, user), /on behalf/)
  refused(() => requireClaim(foreign, { kind: 'anonymous' }), /on behalf/)
})
