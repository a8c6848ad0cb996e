import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anonymous, createAccessCheck, type Principal } from 'banyan/contract'
import { isDeclared } from 'banyan/core'
import { userPrincipal } from '../testing/principals.ts'
import { users } from './contract.ts'

type Who = 'anyone' | 'self' | 'self, admin' | 'admin' | 'anybody logged in' | 'internal'

/** What docs and clients rely on. A new operation that is missing here fails. */
const WHO: Record<keyof typeof users.operations, Who> = {
  registerUser: 'anyone',
  createSession: 'anyone',
  refreshSession: 'anyone',
  deleteSession: 'anybody logged in',
  listUsers: 'admin',
  getUser: 'self, admin',
  updateUser: 'self, admin',
  deleteUser: 'self, admin',
  changeRole: 'admin',
  changePassword: 'self',
  createApiKey: 'self',
  listApiKeys: 'self',
  deleteApiKey: 'self',
  getStanding: 'internal',
  getApiKeyOwner: 'internal',
  getContact: 'internal',
  createFirstUsers: 'internal',
  audit: 'internal',
}

const CALLERS: Record<string, Principal> = {
  anonymous,
  self: userPrincipal('42', { sessionId: 'ses_42_0000000000000000' }),
  other: userPrincipal('43'),
  admin: userPrincipal('1', { role: 'admin' }),
  reader: userPrincipal('42', { scopes: ['users:read'] }),
  writer: userPrincipal('42', { scopes: ['users:write'] }),
  'key for orders': userPrincipal('42', { scopes: ['orders:read', 'orders:write'] }),
  'admin’s reader': userPrincipal('1', { role: 'admin', scopes: ['users:read'] }),
}

const SERVICES = ['gateway', 'orders', 'payments', 'audit']

const [OK, LOG_IN, NOT_YOURS, FORBIDDEN] = ['ok', 'api.UNAUTHENTICATED', 'api.NOT_FOUND', 'api.FORBIDDEN']

/** Of callers with all scopes: anonymous, self, other, admin. */
const EXPECTED: Record<Who, readonly [string, string, string, string]> = {
  anyone: [OK, OK, OK, OK],
  'anybody logged in': [LOG_IN, OK, OK, OK],
  self: [LOG_IN, OK, NOT_YOURS, NOT_YOURS],
  'self, admin': [LOG_IN, OK, NOT_YOURS, OK],
  admin: [LOG_IN, FORBIDDEN, FORBIDDEN, OK],
  internal: [FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN],
}

describe('who may call what', () => {
  for (const [name, operation] of Object.entries(users.operations)) {
    const who = WHO[name as keyof typeof WHO]
    const isOpen = who === 'anyone'
    test(`${name}: ${who}`, () => {
      const answers = ['anonymous', 'self', 'other', 'admin'].map((caller) => ask(name, caller))
      assert.deepEqual(answers, EXPECTED[who])
      const { access } = operation
      const named = access.kind === 'internal' ? access.callers : null
      for (const service of [...SERVICES, ...(named ?? [])]) {
        assert.equal(ask(name, { kind: 'service', name: service }), named?.includes(service) === false ? FORBIDDEN : OK)
      }
      assert.equal(operation.access.kind === 'internal', operation.http === null, 'internal means not routed')
    })
    test(`${name}: an API key needs its scope and its user’s right`, () => {
      const [right, wrong] = operation.kind === 'query' ? ['reader', 'writer'] : ['writer', 'reader']
      assert.equal(ask(name, right!), ask(name, 'self'))
      assert.equal(ask(name, wrong!), isOpen ? OK : FORBIDDEN)
      assert.equal(ask(name, 'key for orders'), isOpen ? OK : FORBIDDEN)
      if (operation.kind === 'query') assert.equal(ask(name, 'admin’s reader'), ask(name, 'admin'))
    })
  }
})

function ask(name: string, caller: string | Principal): string {
  const check = createAccessCheck('users', users.operations[name as keyof typeof users.operations])
  const principal = typeof caller === 'string' ? CALLERS[caller]! : caller
  try {
    check.caller(principal)
    check.owner(principal, { userId: '42', keyId: 'key_42_0000000000000000' })
    return 'ok'
  } catch (error) {
    assert.ok(isDeclared(error))
    return error.code
  }
}
