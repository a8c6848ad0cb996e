import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributesFault } from './attributes.ts'

const nested = (depth: number): object => (depth === 1 ? {} : { in: nested(depth - 1) })
const wide = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, 1]))

test('what is within the bounds passes', () => {
  for (const document of [{}, nested(5), wide(100), { list: [1, 'two', null, true, 0, -1e15, 1e-9] }]) {
    assert.equal(attributesFault(document), null)
  }
})

test('each bound is named with the pointer, what was received and what is allowed', () => {
  const cases: readonly (readonly [document: object, pointer: string, fact: RegExp])[] = [
    [nested(6), '/attributes/in/in/in/in/in', /6 levels deep/],
    [wide(101), '/attributes', /after the last entry/],
    [{ list: Array.from({ length: 100 }, () => 0) }, '/attributes/list', /after the last entry/],
    [{ ['k'.repeat(65)]: 1 }, '/attributes', /65 characters/],
    [{ text: 'é'.repeat(8_192) }, '/attributes', /take 16395 bytes/],
    [{ 'a/b': { '~': 1e300 } }, '/attributes/a~1b/~0', /the number 1e\+300/],
    [{ tiny: 1e-300 }, '/attributes/tiny', /the number 1e-300/],
    [{ endless: Infinity }, '/attributes/endless', /the number Infinity/],
  ]
  for (const [document, pointer, fact] of cases) {
    const fault = attributesFault(document)
    assert.equal(fault?.code, 'products.INVALID_ATTRIBUTES')
    assert.equal(fault?.details.pointer, pointer)
    assert.match(String(fault?.details.fact), fact)
  }
})

test('a deeply nested document is refused without walking it', () => {
  assert.equal(attributesFault(nested(5_000))?.code, 'products.INVALID_ATTRIBUTES')
})
