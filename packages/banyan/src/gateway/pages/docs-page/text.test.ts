import assert from 'node:assert/strict'
import { test } from 'node:test'

interface Text {
  titleOf(info: { title: string }): string
  segmentsOf(path: string): string[]
  boundsOf(schema: object): { text: string; pattern?: string }
}

// By address, because a browser's file has no types.
const { titleOf, segmentsOf, boundsOf } = (await import(new URL('text.js', import.meta.url).href)) as Text

test('bounds are read as sentences are', () => {
  assert.equal(boundsOf({}).text, '')
  assert.equal(boundsOf({ minLength: 1 }).text, ' at least 1 character')
  assert.equal(boundsOf({ minLength: 1, maxLength: 80 }).text, ' 1 to 80 characters')
  assert.equal(boundsOf({ minItems: 1, maxItems: 1 }).text, ' 1 item')
  assert.equal(boundsOf({ format: 'email', maxLength: 254 }).text, ' email, at most 254 characters')
  assert.equal(boundsOf({ minimum: 0, maximum: 5 }).text, ' ≥ 0, ≤ 5')
})

test('a short pattern stands among them, a long one apart', () => {
  assert.deepEqual(boundsOf({ pattern: '^[0-9]+$' }), { text: ' matches ^[0-9]+$', pattern: undefined })
  const pattern = `^${'[a-z]'.repeat(20)}$`
  assert.deepEqual(boundsOf({ pattern }), { text: '', pattern })
})

test('the title names what it is once; a path breaks before its slashes', () => {
  assert.equal(titleOf({ title: 'shop' }), 'Shop API')
  assert.equal(titleOf({ title: 'API' }), 'API')
  assert.deepEqual(segmentsOf('/payments/{paymentId}/refunds'), ['/payments', '/{paymentId}', '/refunds'])
})
