import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TObject, TSchema } from 'typebox'
import { defineErrors, type ErrorSpec, Type } from '../../core/index.ts'
import {
  anyone,
  compareSnapshots,
  contractSnapshot,
  defineCommand,
  defineContract,
  defineEvent,
  defineQuery,
  internal,
  stableJson,
  user,
  type Access,
  type Contract,
} from '../index.ts'

interface Parts {
  input?: TObject
  output?: TSchema
  access?: Access
  http?: string
  payload?: TSchema
  details?: TSchema
  spec?: Partial<ErrorSpec>
}

const Input = { id: Type.String(), name: Type.Optional(Type.String({ maxLength: 10 })) }
const Output = { id: Type.String(), note: Type.Optional(Type.String()), status: Type.Enum(['a', 'b']) }

function contractOf(parts: Parts = {}): Contract {
  const errors = defineErrors('shop', {
    GONE: {
      http: 409,
      grpc: 'ABORTED',
      effect: 'not-applied',
      retry: 'never',
      message: 'Gone.',
      details: parts.details ?? Type.Object({ left: Type.Integer() }),
      ...parts.spec,
    },
  })
  return defineContract({
    name: 'shop',
    errors,
    operations: {
      change: defineCommand({
        summary: 'Changes.',
        http: parts.http ?? 'PUT /things/:id',
        input: parts.input ?? Type.Object(Input),
        output: parts.output ?? Type.Object(Output),
        errors: [errors.GONE],
        access: parts.access ?? user({ owner: ({ id }) => id, roles: ['admin'] }),
      }),
    },
    events: { 'thing-changed.v1': defineEvent(parts.payload ?? Type.Object({ id: Type.String() })) },
  })
}

function changes(before: Parts, after: Parts): readonly string[] {
  // Through text, as a committed snapshot goes.
  const committed = JSON.parse(stableJson(contractSnapshot([contractOf(before)])))
  return compareSnapshots(committed, contractSnapshot([contractOf(after)]))
}

const inputOf = (fields: Record<string, TSchema>): Parts => ({ input: Type.Object({ ...Input, ...fields }) })
const outputOf = (fields: Record<string, TSchema>): Parts => ({ output: Type.Object({ ...Output, ...fields }) })
const { name: _name, ...InputWithoutName } = Input
const { note: _note, ...OutputWithoutNote } = Output

const BREAKING: [string, Parts, Parts, RegExp][] = [
  ['an input field removed', {}, { input: Type.Object(InputWithoutName) }, /input\.name: the field is gone/],
  [
    'an input field added and required',
    {},
    inputOf({ extra: Type.String() }),
    /input\.extra: a new field must be optional/,
  ],
  [
    'an input field made required',
    {},
    inputOf({ name: Type.String({ maxLength: 10 }) }),
    /input\.name: was optional, is required/,
  ],
  [
    'a bound of the input narrowed',
    {},
    inputOf({ name: Type.Optional(Type.String({ maxLength: 9 })) }),
    /maxLength was 10, is 9/,
  ],
  [
    'a bound put on the input',
    {},
    inputOf({ id: Type.String({ minLength: 2 }) }),
    /input\.id: minLength was absent, is 2/,
  ],
  [
    'a pattern of the input changed',
    inputOf({ id: Type.String({ pattern: '^a' }) }),
    inputOf({ id: Type.String({ pattern: '^b' }) }),
    /pattern was "\^a", is "\^b"/,
  ],
  [
    'a type of the input changed',
    {},
    inputOf({ name: Type.Optional(Type.Number()) }),
    /input\.name: type was "string", is "number"/,
  ],
  [
    'a value of the input no longer accepted',
    inputOf({ kind: Type.Enum(['x', 'y']) }),
    inputOf({ kind: Type.Enum(['x']) }),
    /input\.kind: "y" is no longer accepted/,
  ],
  [
    'a choice of the input gone',
    inputOf({ kind: Type.Union([Type.String(), Type.Null()]) }),
    inputOf({ kind: Type.String() }),
    /input\.kind.*null/,
  ],
  [
    'an item of a list narrowed',
    inputOf({ list: Type.Array(Type.Integer({ maximum: 5 })) }),
    inputOf({ list: Type.Array(Type.Integer({ maximum: 4 })) }),
    /input\.list\[\]: maximum was 5, is 4/,
  ],
  ['an output field removed', {}, { output: Type.Object(OutputWithoutNote) }, /output\.note: the field is gone/],
  [
    'an output field made optional',
    {},
    outputOf({ id: Type.Optional(Type.String()) }),
    /output\.id: was always there, is optional/,
  ],
  [
    'an output field added and required',
    {},
    outputOf({ extra: Type.String() }),
    /output\.extra: a new field must be optional/,
  ],
  [
    'an output value that readers do not know',
    {},
    outputOf({ status: Type.Enum(['a', 'b', 'c']) }),
    /output\.status: "c" is new/,
  ],
  [
    'an output that may now be null',
    {},
    outputOf({ id: Type.Union([Type.String(), Type.Null()]) }),
    /output\.id.*null/,
  ],
  [
    'an output in a list changed',
    outputOf({ l: Type.Array(Type.Object({ a: Type.String() })) }),
    outputOf({ l: Type.Array(Type.Object({})) }),
    /output\.l\[\]\.a: the field is gone/,
  ],
  [
    'a map of other values',
    outputOf({ m: Type.Record(Type.String(), Type.String()) }),
    outputOf({ m: Type.Record(Type.String(), Type.Number()) }),
    /output\.m\.\*: type was/,
  ],
  ['another route', {}, { http: 'POST /things/:id' }, /route was "PUT \/things\/:id", is "POST/],
  ['a role lost', {}, { access: user({ owner: ({ id }) => id }) }, /the role 'admin' could call it/],
  ['an owner lost', {}, { access: user({ roles: ['admin'] }) }, /the owner could call it, now only admin/],
  ['access for users only', { access: anyone }, {}, /access was 'anyone', is 'user'/],
  ['a role needed', { access: user() }, { access: user({ roles: ['admin'] }) }, /any logged-in user could call it/],
  [
    'a field of an event gone',
    {},
    { payload: Type.Object({}) },
    /shop\.thing-changed\.v1: payload\.id: the field is gone/,
  ],
  ['details of an error gone', {}, { details: Type.Object({}) }, /details of shop\.GONE\.left: the field is gone/],
  ['another status of an error', {}, { spec: { http: 410 } }, /error shop\.GONE: http was 409, is 410/],
  ['another effect of an error', {}, { spec: { effect: 'unknown' } }, /effect was not-applied, is unknown/],
]

describe('a change that breaks somebody is named', () => {
  for (const [what, before, after, expected] of BREAKING) {
    test(what, () => {
      const found = changes(before, after)
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0]!, expected)
    })
  }

  test('an operation, an event or a whole service that is gone', () => {
    const gone = compareSnapshots(contractSnapshot([contractOf()]), contractSnapshot([]))
    assert.deepEqual(
      gone.map((line) => line.split(':')[0]),
      ['shop.change', 'shop.thing-changed.v1'],
    )
  })

  test('several at once are all named', () => {
    const all = changes(
      {},
      { input: Type.Object(InputWithoutName), output: Type.Object(OutputWithoutNote), http: 'POST /a/:id' },
    )
    assert.equal(all.length, 3)
  })
})

const HARMLESS: [string, Parts, Parts][] = [
  ['nothing', {}, {}],
  ['an optional input field', {}, inputOf({ extra: Type.Optional(Type.String()) })],
  ['an optional output field', {}, outputOf({ extra: Type.Optional(Type.Array(Type.Object({ a: Type.String() }))) })],
  [
    'an optional field of an event',
    {},
    { payload: Type.Object({ id: Type.String(), more: Type.Optional(Type.String()) }) },
  ],
  ['an input field no longer required', inputOf({ a: Type.String() }), inputOf({ a: Type.Optional(Type.String()) })],
  ['a wider bound of the input', {}, inputOf({ name: Type.Optional(Type.String({ maxLength: 20 })) })],
  ['a bound of the input dropped', {}, inputOf({ name: Type.Optional(Type.String()) })],
  ['a further value of the input', inputOf({ kind: Type.Enum(['x']) }), inputOf({ kind: Type.Enum(['x', 'y']) })],
  [
    'a further choice of the input',
    inputOf({ kind: Type.String() }),
    inputOf({ kind: Type.Union([Type.String(), Type.Null()]) }),
  ],
  ['an output field now always there', {}, outputOf({ note: Type.String() })],
  [
    'an output that is never null any more',
    outputOf({ a: Type.Union([Type.String(), Type.Null()]) }),
    outputOf({ a: Type.String() }),
  ],
  [
    'other words for people',
    {},
    inputOf({ name: Type.Optional(Type.String({ maxLength: 10, description: 'x', title: 'y', examples: ['z'] })) }),
  ],
  ['a further role', {}, { access: user({ owner: ({ id }) => id, roles: ['admin', 'clerk'] }) }],
  ['access for anyone', {}, { access: anyone }],
]

describe('a change that breaks nobody is let through', () => {
  for (const [what, before, after] of HARMLESS) test(what, () => assert.deepEqual(changes(before, after), []))

  test('a further operation', () => {
    const more = defineContract({
      name: 'more',
      operations: { a: defineQuery({ summary: '', input: Type.Object({}), output: Type.Null(), access: internal }) },
    })
    assert.deepEqual(compareSnapshots(contractSnapshot([contractOf()]), contractSnapshot([contractOf(), more])), [])
  })
})

test('a snapshot is stable text, and a field called title stays in it', () => {
  const book = contractOf({
    output: Type.Object({ title: Type.String(), examples: Type.Integer(), b: Type.Null(), a: Type.Null() }),
  })
  const text = stableJson(contractSnapshot([book]))
  assert.equal(text, stableJson(contractSnapshot([book])))
  const output = JSON.parse(text).operations['shop.change'].output
  assert.deepEqual(Object.keys(output.properties), ['a', 'b', 'examples', 'title'])
})
