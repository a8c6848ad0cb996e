import assert from 'node:assert/strict'
import { test } from 'node:test'
// oxlint-disable-next-line no-restricted-imports -- it is what is compared with
import { Type as TypeBox, type TSchema } from 'typebox'
import { Type } from './type.ts'

/** Each builder, with and without options, and the ways they are put together. */
const build = (T: typeof Type): readonly TSchema[] => [
  T.Any(),
  T.Any({ description: 'd' }),
  T.Array(T.String(), { minItems: 1 }),
  T.Boolean({ default: true }),
  T.Enum(['a', 'b'], { description: 'd' }),
  T.Integer({ minimum: 1 }),
  T.Literal('a'),
  T.Literal(1, { description: 'd' }),
  T.Literal(true),
  T.Null(),
  T.Number({ exclusiveMinimum: 0 }),
  T.Object({}),
  T.Object({ a: T.String(), b: T.Optional(T.Integer()), c: T.Null() }, { additionalProperties: false }),
  T.Object({ a: T.Optional(T.Object({ b: T.Optional(T.Any()) })) }),
  T.Optional(T.String({ format: 'email' })),
  T.Optional(T.Refine(T.String(), isText, why)),
  T.Refine(T.Refine(T.Object({ a: T.String() }), isText, why), isText, why),
  T.Partial(T.Object({ a: T.String(), b: T.Optional(T.Null()) }, { additionalProperties: false })),
  T.Partial(T.Object({ a: T.Refine(T.String(), isText, why) }), { additionalProperties: false }),
  T.Record(T.String(), T.Unknown()),
  T.Record(T.String({ pattern: '^[a-z]$', maxLength: 1 }), T.Number(), { maxProperties: 3 }),
  T.Record(T.String({ maxLength: 3 }), T.Number()),
  T.String({ minLength: 1, maxLength: 9 }),
  T.Union([T.String(), T.Null()], { description: 'd' }),
  T.Unknown({ description: 'd' }),
]

test('each builder answers what TypeBox does, key for key, hidden ones too', () => {
  const [ours, theirs] = [build(Type), build(TypeBox)]
  assert.deepEqual(ours.map(spellOut), theirs.map(spellOut))
  assert.deepEqual(ours.map(toJson), theirs.map(toJson))
})

test('schemas of both may be put together', () => {
  const ours = Type.Object({ a: TypeBox.Optional(Type.String()), b: Type.Optional(TypeBox.String()), c: Type.Null() })
  assert.deepEqual(ours.required, ['c'])
  assert.deepEqual(TypeBox.Object(ours.properties).required, ['c'])
})

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function why(): string {
  return 'must be a text'
}

function toJson(schema: TSchema): string {
  return JSON.stringify(schema)
}

/** All own keys of it and of what is in it, with what each is worth and whether it shows. */
function spellOut(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value))
  return descriptors
    .map(([name, { value: inner, enumerable }]) => [name, enumerable, spellOut(inner)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}
