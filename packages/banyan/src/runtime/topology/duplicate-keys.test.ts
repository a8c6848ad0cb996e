import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { duplicateKeys } from './duplicate-keys.ts'

test('a key that stands twice in one object is found, whatever stands around it and however it is written', () => {
  assert.deepEqual(duplicateKeys('{"a":1,"b":{"a":[{"c":1,"c":2}]},"a" : 3}'), ['c', 'a'])
  assert.deepEqual(duplicateKeys(String.raw`{"a":"\"}","\u0061":"{\\","b":[]}`), ['a'])
})

test('what a program has written has none', () => {
  fc.assert(fc.property(fc.json(), (json) => assert.deepEqual(duplicateKeys(json), [])))
})
