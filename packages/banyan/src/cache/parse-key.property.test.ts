import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCachedOperation, parseKey } from './cached-operation.ts'

const { keyOf } = createCachedOperation('shop.findProducts', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: () => [],
  application: { strategy: { kind: 'ttl' }, maxAgeSeconds: 60 },
})

test('a key tells what was asked, whatever texts it holds', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('" b="', '\\" c=1', ' d="x'),
    fc.integer(),
    fc.jsonValue(),
  )
  const input = fc.dictionary(fc.constantFrom('search', 'category', 'limit', 'cursor'), value)
  fc.assert(
    fc.property(input, (asked) => {
      assert.deepEqual(parseKey(keyOf(asked)), { id: 'shop.findProducts', input: JSON.parse(JSON.stringify(asked)) })
    }),
  )
})

test('what is no key is told from one', () => {
  for (const text of ['shop.findProducts search', 'shop.findProducts limit=x', 'shop.findProducts "a"']) {
    assert.equal(parseKey(text), null, text)
  }
})
