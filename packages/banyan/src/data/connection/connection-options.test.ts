import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConnectionUrl } from '../index.ts'

test('an address with everything', () => {
  assert.deepEqual(parseConnectionUrl('postgres://me:p%40ss@db.example:6543/shop?sslmode=verify-full'), {
    host: 'db.example',
    port: 6543,
    user: 'me',
    password: 'p@ss',
    database: 'shop',
    ssl: true,
  })
})

test('what is left out is what libpq takes', () => {
  const local = { host: 'localhost', port: 5432, user: 'postgres', database: 'postgres' }
  assert.deepEqual(parseConnectionUrl('postgresql://'), local)
})

test('a unix socket, with and without a user', () => {
  const socket = { host: '/run/postgresql', port: 5433, user: 'me', database: 'shop' }
  assert.deepEqual(parseConnectionUrl('postgres://me@/shop?host=/run/postgresql&port=5433'), socket)
  assert.deepEqual(parseConnectionUrl('postgres:///shop?host=%2Frun%2Fpostgresql&port=5433&user=me'), socket)
})

test('an IPv6 address loses its brackets', () => {
  assert.equal(parseConnectionUrl('postgres://me@[::1]:5433/shop').host, '::1')
})

test('encryption without verification has to be asked for by its name', () => {
  assert.deepEqual(parseConnectionUrl('postgres://me@db/shop?sslmode=require').ssl, { rejectUnauthorized: false })
  assert.equal(parseConnectionUrl('postgres://me@db/shop?sslmode=disable').ssl, undefined)
})

test('other addresses are refused', () => {
  for (const url of ['', 'db.example/shop', 'mysql://me@db/shop', 'me:sesame@db']) {
    assert.throws(() => parseConnectionUrl(url), TypeError, url)
  }
})
