import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineErrors } from './errors.ts'
import { jsonFault } from './json-fault.ts'

const { BROKEN } = defineErrors('probe', {
  BROKEN: { http: 409, grpc: 'ABORTED', effect: 'applied', retry: 'never', message: 'Broken, {left} left.' },
})

const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown

test('what JSON says or leaves out has no fault', () => {
  const odd = { at: new Date(0), gone: undefined, run: () => 1, none: Number.NaN, map: new Map([[1n, 1n]]) }
  for (const value of [null, 'a', 1, odd, new Date(Number.NaN), nested(16)]) assert.equal(jsonFault(value), null)
})

test('a fault names the way to it', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  assert.match(jsonFault({ list: [{ left: 1n }] })!, /^\.list\.0\.left is a BigInt/)
  assert.match(jsonFault({ left: Object(1n) as unknown })!, /^\.left is a BigInt/)
  assert.match(jsonFault({ left: { toJSON: () => 1n } })!, /^\.left is a BigInt/)
  assert.match(jsonFault(circular)!, /^(\.self){16} is nested deeper than 16 levels, or holds itself/)
  assert.match(jsonFault(nested(17))!, /deeper than 16 levels/)
})

test('an error whose details cannot be told is not made', () => {
  assert.throws(() => BROKEN({ left: 3n }), /Error probe\.BROKEN cannot be told: details\.left is a BigInt/)
  assert.equal(BROKEN({ left: 3 }).message, 'Broken, 3 left.')
})
