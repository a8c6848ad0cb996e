import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { canonicalJson, fingerprintOf, scopeOf } from './fingerprint.ts'

test('the order of properties does not matter, the order of a list does', () => {
  assert.equal(canonicalJson({ b: 1, a: { d: 2, c: 3 } }), canonicalJson({ a: { c: 3, d: 2 }, b: 1 }))
  assert.notEqual(canonicalJson({ a: [1, 2] }), canonicalJson({ a: [2, 1] }))
})

test('a fingerprint depends on the server secret', () => {
  const [one, other] = [1, 2].map((byte) => createSecretKey(Buffer.alloc(32, byte))) as [KeyObject, KeyObject]
  assert.notDeepEqual(fingerprintOf(one, '{}'), fingerprintOf(other, '{}'))
  assert.deepEqual(fingerprintOf(one, '{}'), fingerprintOf(one, '{}'))
})

test('scopes of other callers, operations and resources never meet', () => {
  const pathParameters = ['userId']
  const user = (id: string) => ({ kind: 'user', id, role: 'customer', scopes: null, sessionId: null }) as const
  const scopes = [
    scopeOf({ id: 'orders.placeOrder', pathParameters }, { userId: '1' }, user('1')),
    scopeOf({ id: 'orders.placeOrder', pathParameters }, { userId: '2' }, user('1')),
    scopeOf({ id: 'orders.placeOrder', pathParameters }, { userId: '1' }, user('2')),
    scopeOf({ id: 'orders.other', pathParameters }, { userId: '1' }, user('1')),
  ]
  assert.equal(new Set(scopes).size, scopes.length)
})
