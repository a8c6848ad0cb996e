import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { defineErrors, Type } from '../../core/index.ts'
import {
  anyone,
  createInputValidator,
  createVersions,
  defineCommand,
  dollarsInVersion1,
  Money,
  pageOf,
  Price,
  type Fault,
  type VersionTransform,
} from '../index.ts'

const errors = defineErrors('shop', {
  PRICE_CHANGED: {
    http: 409,
    grpc: 'ABORTED',
    effect: 'not-applied',
    retry: 'never',
    message: 'The price is now {price}.',
    details: Type.Object({ price: Money }),
  },
  GONE: { http: 404, grpc: 'NOT_FOUND', effect: 'not-applied', retry: 'never', message: 'Gone.' },
})

const versions = createVersions({ current: 2, default: 1, transforms: [dollarsInVersion1] })

function commandWith(input: TSchema, output: TSchema = Type.Null()) {
  return defineCommand({
    summary: '',
    http: 'POST /things',
    input: Type.Object({ value: input }),
    output,
    errors: [errors.PRICE_CHANGED, errors.GONE],
    access: anyone,
  })
}

const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' })

test('19.99 is 1999 and back, not 1998 or 1999.0000000000002', () => {
  const v1 = versions.of(commandWith(Price, Price), 1)
  assert.deepEqual(v1.up({ value: 19.99 }), { value: usd(1999) })
  assert.equal(v1.down(usd(1999)), 19.99)
  assert.equal(JSON.stringify(v1.down(usd(110))), '1.1')
})

const SHAPES: [string, TSchema, unknown, unknown][] = [
  [
    'a field',
    Type.Object({ price: Money, name: Type.String() }),
    { price: 1.1, name: 'a' },
    { price: usd(110), name: 'a' },
  ],
  ['an optional field', Type.Object({ price: Type.Optional(Money) }), { price: 0.07 }, { price: usd(7) }],
  ['an absent field', Type.Object({ price: Type.Optional(Money) }), {}, {}],
  ['a nullable', Type.Union([Money, Type.Null()]), 0.29, usd(29)],
  ['null', Type.Union([Type.Null(), Money]), null, null],
  [
    'a list',
    Type.Array(Type.Object({ price: Price })),
    [{ price: 1 }, { price: 2.5 }],
    [{ price: usd(100) }, { price: usd(250) }],
  ],
  ['a record', Type.Record(Type.String(), Money), { a: 1, 'b"': 0 }, { a: usd(100), 'b"': usd(0) }],
  ['a page', pageOf(Money), { items: [4.35], nextCursor: null }, { items: [usd(435)], nextCursor: null }],
  ['a union', Type.Union([Type.String(), Type.Object({ total: Money }), Money]), { total: 1.15 }, { total: usd(115) }],
  ['another branch of a union', Type.Union([Type.String(), Type.Object({ total: Money }), Money]), 'x', 'x'],
  ['the third branch', Type.Union([Type.String(), Type.Object({ total: Money }), Money]), 8.2, usd(820)],
]
for (const [what, schema, older, newer] of SHAPES) {
  test(`money in ${what} is converted both ways, and fits its version's schema`, () => {
    const operation = commandWith(schema, schema)
    const v1 = versions.of(operation, 1)
    assert.deepEqual(v1.up({ value: older }), { value: newer })
    assert.deepEqual(v1.down(newer), older)
    assert.ok(Compile(v1.input).Check({ value: older }))
    assert.ok(Compile(v1.output).Check(older))
    assert.ok(Compile(operation.output).Check(newer))
  })
}

test('where no money occurs the value itself comes back, and so does the schema', () => {
  const operation = commandWith(Type.Object({ name: Type.String() }), Type.Object({ a: Type.Array(Type.Number()) }))
  const v1 = versions.of(operation, 1)
  const value = { value: { name: 'x' } }
  assert.equal(v1.up(value), value)
  assert.equal(v1.input, operation.input)
  assert.equal(v1.output, operation.output)
  const v2 = versions.of(commandWith(Money, Money), 2)
  assert.equal(v2.down(value), value)
})

test('the argument is not changed', () => {
  const v1 = versions.of(commandWith(Type.Array(Money), Type.Array(Money)), 1)
  const output = [usd(5)]
  v1.down(output)
  assert.deepEqual(output, [usd(5)])
})

test('an error of version 1 shows its details and its message in dollars', () => {
  const v1 = versions.of(commandWith(Money), 1)
  const error = v1.downError(errors.PRICE_CHANGED({ price: usd(1999) }))
  assert.deepEqual(error.details, { price: 19.99 })
  assert.equal(error.message, 'The price is now 19.99.')
  const gone = errors.GONE()
  assert.equal(v1.downError(gone), gone)
  assert.notEqual(v1.errorDetails(errors.PRICE_CHANGED), errors.PRICE_CHANGED.spec.details)
  assert.equal(v1.errorDetails(errors.GONE), null)
})

test('a price of version 1 with a third decimal, below a cent or too large is a fault with its pointer', () => {
  const operation = commandWith(Type.Array(Price))
  const validate = createInputValidator({ input: versions.of(operation, 1).input, http: operation.http })
  const refused: [number, string][] = [
    [19.999, 'must have at most two decimals'],
    [0.1 + 0.2, 'must have at most two decimals'],
    [0.001, 'must be at least 0.01'],
    [-1, 'must be at least 0.01'],
    [10_000_000_000, 'must be at most 9999999999.99'],
    [1e300, 'must be at most 9999999999.99'],
  ]
  for (const [price, message] of refused) {
    assert.throws(
      () => validate({ value: [1, price] }),
      ({ details }: { details: { faults: Fault[] } }) =>
        details.faults[0]?.pointer === '/value/1' && details.faults.some((fault) => fault.message === message),
      `${price}`,
    )
  }
  validate({ value: [0.01, 19.99, 9_999_999_999.99] })
})

test('older versions are derived step by step', () => {
  const Sku = Type.Object({ code: Type.String() }, { title: 'Sku' })
  const toSku: VersionTransform = {
    version: 2,
    replaces: [
      {
        schema: Sku,
        by: Type.String({ title: 'SkuV2' }),
        up: (code: string) => ({ code }),
        down: (sku: { code: string }) => sku.code,
      },
    ],
  }
  const three = createVersions({ current: 3, default: 3, transforms: [dollarsInVersion1, toSku] })
  const operation = commandWith(Type.Object({ sku: Sku, price: Money }))
  assert.deepEqual(three.supported, [1, 2, 3])
  assert.deepEqual(three.of(operation, 1).up({ value: { sku: 'a', price: 1.5 } }), {
    value: { sku: { code: 'a' }, price: usd(150) },
  })
  assert.deepEqual(three.of(operation, 2).up({ value: { sku: 'a', price: usd(1) } }), {
    value: { sku: { code: 'a' }, price: usd(1) },
  })
})

test('a gap in the versions or an unknown default is refused, both at once', () => {
  const gap = { ...dollarsInVersion1, version: 1 }
  assert.throws(
    () => createVersions({ current: 3, default: 7, transforms: [gap] }),
    /without a gap; got \[1\]\. The default must be one of 1, 3, got 7\./,
  )
  assert.throws(() => versions.of(commandWith(Money), 3), /Version must be one of 1, 2, got 3\./)
})
