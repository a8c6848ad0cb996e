import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors, isDeclared } from '../core/index.ts'
import {
  anonymous,
  anyone,
  createAccessCheck,
  internal,
  internalFrom,
  user,
  type Access,
  type Principal,
} from './index.ts'

function person(id: string, role = 'customer', scopes: readonly string[] | null = null): Principal {
  return { kind: 'user', id, role, scopes, sessionId: null }
}

const owned = user({ owner: ({ userId }) => userId as string, roles: ['admin'] })
const OK = 'ok'
const { UNAUTHENTICATED, FORBIDDEN, NOT_FOUND } = coreErrors
const service: Principal = { kind: 'service', name: 'orders' }

const MATRIX: [string, Access, Principal, string][] = [
  ['anyone: anonymous', anyone, anonymous, OK],
  ['anyone: API key without the scope', anyone, person('1', 'customer', []), OK],
  ['owned: anonymous', owned, anonymous, UNAUTHENTICATED.code],
  ['owned: the owner', owned, person('1'), OK],
  ['owned: another', owned, person('2'), NOT_FOUND.code],
  ['owned: an admin', owned, person('2', 'admin'), OK],
  ['owned: a service', owned, service, OK],
  ['owned: API key with the scope', owned, person('1', 'customer', ['orders:write']), OK],
  ['owned: API key that may only read', owned, person('1', 'customer', ['orders:read']), FORBIDDEN.code],
  ['owned: API key of another service', owned, person('1', 'customer', ['products:write']), FORBIDDEN.code],
  ['owned: admin key without the scope', owned, person('2', 'admin', []), FORBIDDEN.code],
  ['owner unknown: a user', user({ owner: () => null }), person('1'), NOT_FOUND.code],
  ['role: without it', user({ roles: ['admin'] }), person('1'), FORBIDDEN.code],
  ['role: with it', user({ roles: ['admin'] }), person('1', 'admin'), OK],
  ['any user: a user', user(), person('1'), OK],
  ['any user: anonymous', user(), anonymous, UNAUTHENTICATED.code],
  ['internal: anonymous', internal, anonymous, FORBIDDEN.code],
  ['internal: an admin', internal, person('1', 'admin'), FORBIDDEN.code],
  ['internal: a service', internal, service, OK],
  ['internal from orders: orders', internalFrom('gateway', 'orders'), service, OK],
  ['internal from payments: orders', internalFrom('payments'), service, FORBIDDEN.code],
  ['internal from payments: an admin', internalFrom('payments'), person('1', 'admin'), FORBIDDEN.code],
]
for (const [what, access, principal, expected] of MATRIX) {
  test(`${what} → ${expected}`, () => {
    assert.equal(outcomeOf(access, principal), expected)
  })
}

test('a query asks for the read scope', () => {
  const { caller } = createAccessCheck('orders', { access: owned, kind: 'query' })
  caller(person('1', 'customer', ['orders:read']))
  assert.throws(() => caller(person('1', 'customer', ['orders:write'])), { code: FORBIDDEN.code })
})

function outcomeOf(access: Access, principal: Principal): string {
  const { caller, owner } = createAccessCheck('orders', { access, kind: 'command' })
  try {
    caller(principal)
    owner(principal, { userId: '1' })
    return OK
  } catch (error) {
    assert.ok(isDeclared(error))
    return error.code
  }
}
