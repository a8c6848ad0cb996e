import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TObject } from 'typebox'
import { BanyanError, coreErrors, defineErrors, Type } from '../../core/index.ts'
import { createSerializer, defineQuery, errorFromJson, internal, Money, pageOf } from '../index.ts'

function closed<Schema extends TObject>(schema: Schema): Schema {
  return defineQuery({ summary: '', input: Type.Object({}), output: schema, access: internal }).output
}

const Order = closed(
  Type.Object({
    id: Type.String(),
    total: Type.Union([Money, Type.Null()]),
    reason: Type.Union([Type.String(), Type.Null()]),
    status: Type.Union([Type.Literal('pending'), Type.Literal('confirmed')]),
    paid: Type.Boolean(),
    ratio: Type.Number(),
    items: Type.Array(Type.Object({ name: Type.String(), quantity: Type.Integer(), unitPrice: Money })),
    note: Type.Optional(Type.String()),
    attributes: Type.Record(Type.String(), Type.Unknown()),
    either: Type.Union([Type.Object({ a: Type.String() }), Type.Array(Type.Number()), Type.Null()]),
  }),
)

const order = {
  id: 'o"1\\\n\u2028 ü 😀',
  total: { amountMinor: 1999, currency: 'USD' },
  reason: null,
  status: 'pending',
  paid: false,
  ratio: 19.99,
  items: [{ name: 'Lamp', quantity: 2, unitPrice: { amountMinor: 1, currency: 'USD' } }],
  attributes: { a: [1, { b: null }], 'c"': true },
  either: [1.5, 1e21],
}

test('the compiled text is what JSON.stringify gives', () => {
  const serialize = createSerializer(Order)
  for (const value of [
    order,
    { ...order, total: null, reason: 'x', either: { a: 'b' } },
    { ...order, note: 'n', either: null },
  ]) {
    assert.deepEqual(JSON.parse(serialize(value)), value)
  }
  assert.equal(serialize(order), JSON.stringify(order))
})

test('a field that the contract does not name does not leave the service', () => {
  const text = createSerializer(Order)({ ...order, passwordHash: 'x', items: [{ ...order.items[0], cost: 1 }] })
  assert.deepEqual(JSON.parse(text), order)
})

test('pages, null and scalars are serialised too', () => {
  assert.equal(
    createSerializer(pageOf(Order))({ items: [order], nextCursor: null }),
    `{"items":[${JSON.stringify(order)}],"nextCursor":null}`,
  )
  assert.equal(createSerializer(Type.Null())(null), 'null')
  assert.equal(createSerializer(Type.String())('a"'), '"a\\""')
})

test('an error crosses a wire without stack and cause', () => {
  const errors = defineErrors('shop', {
    GONE: { http: 409, grpc: 'ABORTED', effect: 'applied', retry: 'same-key', message: 'Gone: {id}.' },
  })
  const sent = errors.GONE({ id: 7 }, { cause: new Error('secret') })
  const text = JSON.stringify(sent.toJSON())
  assert.ok(!text.includes('secret') && !text.includes('stack'))
  const received = errorFromJson(JSON.parse(text))
  assert.ok(received instanceof BanyanError)
  assert.deepEqual(received.toJSON(), sent.toJSON())
  assert.equal(received.message, 'Gone: 7.')
})

test('what is no error of ours arrives as api.INTERNAL', () => {
  for (const json of [
    null,
    'x',
    {},
    { ...coreErrors.NOT_FOUND().toJSON(), http: 200 },
    { ...coreErrors.NOT_FOUND().toJSON(), code: 'x' },
  ]) {
    assert.equal(errorFromJson(json).code, coreErrors.INTERNAL.code)
  }
})
