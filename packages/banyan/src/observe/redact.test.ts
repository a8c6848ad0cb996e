import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isSecretName, redact, REDACTED } from './redact.ts'

describe('redact', () => {
  test('hides values under a secret name, however it is written and however deep it lies', () => {
    const names = ['password', 'newPassword', 'X-Api-Key', 'api_key', 'refreshToken', 'Set-Cookie', 'AUTHORIZATION']
    const more = ['clientSecret', 'stripe-signature', 'card', 'cvc', 'cardNumber', 'TOKEN_KEYS', 'privateKey']
    for (const name of [...names, ...more]) {
      const copy = JSON.stringify(redact({ a: [{ b: { [name]: 's3cr3t-value' } }] }))
      assert.ok(copy.includes(REDACTED) && !copy.includes('s3cr3t'), `${name} shows: ${copy}`)
    }
  })

  test('leaves ordinary fields as they are', () => {
    const fields = { orderId: 'ord_42_7zk3abcd', key: 'k-1', amountMinor: 1999, ok: true, none: null, list: [1, 'two'] }
    assert.deepEqual(redact(fields), fields)
    assert.equal(isSecretName('paymentMethod'), false)
  })

  test('hides secrets inside strings, also within errors and their causes', () => {
    const cause = Object.assign(new Error('connect postgres://shop:hunter2@db/shop failed'), { code: 'ECONNREFUSED' })
    const copy = redact({ error: new Error('start failed', { cause }) }) as { error: Record<string, object> }
    const text = JSON.stringify(copy)
    assert.ok(!text.includes('hunter2'), text)
    assert.ok(text.includes('ECONNREFUSED') && text.includes('start failed'), text)
  })

  test('is bounded: cycles, long lists, long strings, bytes', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    assert.ok(JSON.stringify(redact(loop)).includes('[deeper]'))
    assert.equal((redact(Array.from({ length: 1000 }, () => 1)) as unknown[]).length, 100)
    assert.ok((redact('x'.repeat(100_000)) as string).length < 9000)
    assert.equal(redact(Buffer.from('secret bytes')), '[12 bytes]')
  })

  test('hides a card number that travels as a number, and no other number', () => {
    assert.equal(redact(4242424242424242), REDACTED)
    assert.equal(redact(1_768_473_000_000), 1_768_473_000_000)
  })
})
