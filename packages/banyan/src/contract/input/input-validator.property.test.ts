import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TObject } from 'typebox'
import { Type } from '../../core/index.ts'
import { Compile } from 'typebox/schema'
import { createInputValidator, listFaults, MAX_FAULTS, Money, Timestamp, UserId, type Fault } from '../index.ts'
import { closeObjects } from '../schema/close-objects.ts'
import { createSafetyCheck, findUnsafeValue } from './unsafe-values.ts'

const schema: TObject = closeObjects(
  Type.Object({
    id: UserId,
    at: Type.Optional(Timestamp),
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 5 })),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })),
    status: Type.Optional(Type.Union([Type.Literal('a'), Type.Literal('b')])),
    price: Type.Optional(Type.Union([Money, Type.Null()])),
    either: Type.Optional(Type.Union([Type.Array(Type.Integer()), Type.Object({ a: Type.String() }), Type.Boolean()])),
    items: Type.Optional(Type.Array(Type.Object({ name: Type.String(), quantity: Type.Integer() }), { maxItems: 3 })),
    map: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z]$' }), Type.Number())),
    free: Type.Optional(Type.Unknown()),
  }),
)

const scalar = fc.oneof(
  fc.constantFrom<unknown>('1', 'a', 'b', '', 'abcdef', 0, 1, 10, 1.5, true, null, '2026-01-15T10:30:00.000Z'),
  fc.constantFrom<unknown>('a\0', '\ud800', { a: 'x' }, { a: '\0' }, [1, 2], { amountMinor: 5, currency: 'USD' }),
  fc.constantFrom<unknown>({ amountMinor: -5, currency: 'EUR' }, [{ name: 'x', quantity: 1 }], [{ name: 1 }], { x: 1 }),
)
const value = fc.oneof(
  scalar,
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(fc.constantFrom('a', 'x', '\0', 'nope'), scalar),
)
const inputs = fc.record(Object.fromEntries([...Object.keys(schema.properties), 'nope'].map((name) => [name, value])), {
  requiredKeys: [],
})
const validator = Compile(schema)

test('faults are listed exactly when the compiled check refuses, and each points at something', () => {
  let refused = 0
  fc.assert(
    fc.property(inputs, (input) => {
      if (validator.Check(input)) return
      refused++
      const faults = listFaults(schema, input)
      assert.ok(faults.length >= 1 && faults.length <= MAX_FAULTS)
      for (const fault of faults) assertPlausible(fault, input)
    }),
    { numRuns: 600 },
  )
  assert.ok(refused > 300, `only ${refused} were refused`)
})

/** Its parent exists; `does not match the schema` would mean that the lister knows less than the check. */
function assertPlausible({ pointer, message }: Fault, input: unknown): void {
  assert.notEqual(message, 'does not match the schema')
  const names = pointer.split('/').slice(1, -1)
  const parent = names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[unescape(name)], input)
  assert.equal(typeof parent, 'object', `${pointer} in ${JSON.stringify(input)}`)
}

function unescape(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}

const odd = fc.constantFrom<unknown>(
  'a',
  '\0',
  '\ud800',
  Infinity,
  [['\udc00']],
  { '\0': 1 },
  { a: { b: ['x'] } },
  7,
  null,
)
const allowed = fc.record(
  {
    id: fc.constant('42'),
    text: fc.constantFrom('a', '\0', 'é', '\ud800'),
    either: fc.constantFrom<unknown>([1], { a: 'x' }, { a: '\0' }, true),
    items: fc.constantFrom([], [{ name: '\0', quantity: 1 }], [{ name: 'x', quantity: 1 }]),
    map: fc.constant({ a: 1 }),
    free: fc.oneof(odd, fc.array(odd, { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b'), odd)),
  },
  { requiredKeys: ['id'] },
)

test('the compiled safety check and the walk that locates agree', () => {
  const isSafe = createSafetyCheck(schema)
  let unsafe = 0
  fc.assert(
    fc.property(allowed, (input) => {
      assert.ok(validator.Check(input), 'the schema lets all of these pass')
      const found = findUnsafeValue(input)
      assert.equal(isSafe(input), found === null, JSON.stringify(found))
      if (found) unsafe++
    }),
    { numRuns: 1_000 },
  )
  assert.ok(unsafe > 200 && unsafe < 950, `only ${unsafe} were unsafe`)
})

test('what the validator lets through survives JSON and PostgreSQL text', () => {
  const validate = createInputValidator({ input: Type.Object({ free: Type.Unknown() }), http: null })
  fc.assert(
    fc.property(fc.anything({ maxDepth: 4 }), (free) => {
      try {
        validate({ free })
      } catch {
        return // refused: the other tests say why
      }
      const text = JSON.stringify({ free }) ?? ''
      assert.ok(text.isWellFormed() && !text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text), text)
    }),
    { numRuns: 500 },
  )
})
