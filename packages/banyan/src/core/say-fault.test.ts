import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TSchema } from 'typebox'
import { Errors } from 'typebox/schema'
import { sayFault } from './say-fault.ts'
import { Type } from './type.ts'

const SAID: readonly [TSchema, unknown, string][] = [
  [Type.String(), 1, 'must be a string'],
  [Type.Integer(), 1.5, 'must be a whole number'],
  [Type.Number(), '1', 'must be a number'],
  [Type.Boolean(), 'yes', 'must be true or false'],
  [Type.Array(Type.Any()), {}, 'must be a list'],
  [Type.Object({}), [], 'must be an object'],
  [Type.Null(), 0, 'must be null'],
  [Type.Enum(['red', 'blue']), 'pink', 'must be one of red, blue'],
  [Type.Number({ minimum: 1 }), 0, 'must be at least 1'],
  [Type.Number({ maximum: 9 }), 10, 'must be at most 9'],
  [Type.Number({ exclusiveMinimum: 0 }), 0, 'must be more than 0'],
  [Type.Number({ exclusiveMaximum: 1 }), 1, 'must be less than 1'],
  [Type.String({ minLength: 1 }), '', 'must have at least 1 character'],
  [Type.String({ maxLength: 2 }), 'abc', 'must have at most 2 characters'],
  [Type.Array(Type.Any(), { minItems: 1 }), [], 'must have at least 1 item'],
  [Type.Array(Type.Any(), { maxItems: 2 }), [1, 2, 3], 'must have at most 2 items'],
  [Type.Array(Type.Any(), { uniqueItems: true }), [1, 1], 'must not have the same item twice'],
  [Type.Record(Type.String(), Type.Any(), { maxProperties: 1 }), { a: 1, b: 2 }, 'must have at most 1 field'],
  [
    Type.Refine(
      Type.Number(),
      () => false,
      () => 'must be even',
    ),
    1,
    'must be even',
  ],
  [Type.String({ pattern: '^a$', description: 'An A. Nothing else.' }), 'b', 'must be an A'],
  [Type.String({ pattern: '^a$', description: 'A letter.', examples: ['a'] }), 'b', 'must be a letter, e.g. a'],
  [Type.String({ pattern: '^a$' }), 'b', 'must match pattern "^a$"'],
]

describe('a fault of a schema is said in words', () => {
  for (const [schema, value, said] of SAID) {
    test(said, () => {
      const [, [error]] = Errors(schema, value)
      assert.equal(sayFault(error!, schema), said)
    })
  }

  test('must be "USD"', () => {
    const schema = Type.Literal('USD')
    assert.deepEqual(
      Errors(schema, 'EUR')[1].map((error) => sayFault(error)),
      ['must be "USD"'],
    )
  })
})
