import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInputValidator } from 'banyan/contract'
import { isDeclared } from 'banyan/core'
import { users } from './contract.ts'

type Name = keyof typeof users.operations

const registration = { name: 'Ada', email: 'ada@example.com', password: 'correct horse' }
const apiKey = { userId: '42', name: 'ci', scopes: ['users:read'] }

const ALLOWED: readonly [Name, object][] = [
  ['registerUser', registration],
  ['registerUser', { ...registration, name: 'x'.repeat(100), password: '😀'.repeat(200) }],
  ['registerUser', { ...registration, email: '  Ada@Example.com ' }],
  ['createSession', { email: 'ada@example.com', password: 'x' }],
  ['updateUser', { userId: '42' }],
  ['updateUser', { userId: '42', name: 'Ada' }],
  ['createApiKey', apiKey],
  ['listUsers', { limit: 100, search: 'a' }],
  ['listUsers', {}],
]

const REFUSED: readonly [Name, object, string][] = [
  ['registerUser', { ...registration, name: '' }, '/name'],
  ['registerUser', { ...registration, name: ' \t ' }, '/name'],
  ['registerUser', { ...registration, name: 'a\r\nBcc: all@example.com' }, '/name'],
  ['registerUser', { ...registration, name: 'x'.repeat(101) }, '/name'],
  ['registerUser', { ...registration, name: 'a\0b' }, '/name'],
  ['registerUser', { ...registration, email: 'ada' }, '/email'],
  ['registerUser', { ...registration, email: `${'x'.repeat(250)}@example.com` }, '/email'],
  ['registerUser', { ...registration, email: 'ada@example.com\r\nBcc: all@example.com' }, '/email'],
  ['registerUser', { ...registration, password: 'x'.repeat(7) }, '/password'],
  ['registerUser', { ...registration, password: 'x'.repeat(201) }, '/password'],
  ['registerUser', { ...registration, role: 'admin' }, '/role'],
  ['updateUser', { userId: '42', role: 'admin' }, '/role'],
  ['createSession', { email: 'ada@example.com', password: 'x'.repeat(201) }, '/password'],
  ['changePassword', { userId: '42', current: 'x', new: 'short' }, '/new'],
  ['changeRole', { userId: '42', role: 'owner' }, '/role'],
  ['createApiKey', { ...apiKey, scopes: [] }, '/scopes'],
  ['createApiKey', { ...apiKey, scopes: ['everything'] }, '/scopes/0'],
  ['createApiKey', { ...apiKey, scopes: ['users:read', 'users:read'] }, '/scopes'],
  ['refreshSession', { refreshToken: 'x'.repeat(257) }, '/refreshToken'],
  ['listUsers', { limit: 0 }, '/limit'],
  ['listUsers', { limit: 101 }, '/limit'],
]

for (const [name, input] of ALLOWED) {
  test(`${name} takes ${show(input)}`, () => createInputValidator(users.operations[name])(input))
}

for (const [name, input, pointer] of REFUSED) {
  test(`${name} refuses ${pointer} of ${show(input)}`, () => {
    assert.throws(
      () => createInputValidator(users.operations[name])(input),
      (error) => {
        assert.ok(isDeclared(error))
        const faults = error.details.faults as { pointer: string; received?: unknown }[]
        assert.deepEqual(faults.map((fault) => fault.pointer).slice(0, 1), [pointer])
        const isSecret = /password|new|current|Token/.test(pointer)
        assert.ok(!isSecret || faults.every((fault) => !('received' in fault)), 'a secret is not shown')
        return true
      },
    )
  })
}

function show(input: object): string {
  return JSON.stringify(input).slice(0, 80)
}
