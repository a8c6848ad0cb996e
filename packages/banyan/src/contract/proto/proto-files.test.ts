import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import { Type } from '../../core/index.ts'
import {
  anyone,
  createProtoFiles,
  defineContract,
  defineQuery,
  emptyProtoLock,
  printProto,
  type ProtoLock,
} from '../index.ts'

type Fields = Record<string, TSchema>

const Status = (...texts: readonly string[]) => Type.Union(texts.map((text) => Type.Literal(text)))
const FIELDS = {
  id: Type.String(),
  count: Type.Integer({ minimum: 0, maximum: 9 }),
  status: Status('new', 'needs-care'),
}

function contractOf(fields: Fields, operation = 'getThing') {
  const Thing = Type.Object(fields, { title: 'Thing' })
  const summary = 'A thing.'
  const query = defineQuery({ summary, input: Type.Object({}), output: Thing, access: anyone, http: 'GET /things' })
  return defineContract({ name: 'things', operations: { [operation]: query } })
}

function make(fields: Fields, lock: ProtoLock = emptyProtoLock('shop'), operation?: string) {
  return createProtoFiles([contractOf(fields, operation)], lock)
}

const locked = make(FIELDS).lock

test('the file says what the contract says', () => {
  const fields = {
    ...FIELDS,
    'x-trace': Type.Optional(Type.String()),
    total: Type.Union([Type.Integer(), Type.Null()]),
    tags: Type.Optional(Type.Array(Type.String())),
    free: Type.Record(Type.String(), Type.Unknown()),
    labels: Type.Record(Type.String(), Type.Integer()),
  }
  const text = printProto(make(fields).files[0]!)
  for (const line of [
    'package shop.things;',
    'import "google/protobuf/struct.proto";',
    'rpc GetThing(GetThingRequest) returns (Thing);',
    'int32 count = 2;',
    'STATUS_NEEDS_CARE = 2;',
    'optional string x_trace = 4 [json_name = "x-trace"];',
    'optional int64 total = 5;',
    'repeated string value = 1;',
    'TagsList tags = 6;',
    'google.protobuf.Struct free = 7;',
    'map<string, int64> labels = 8;',
  ]) {
    assert.ok(text.includes(line), `${line} in\n${text}`)
  }
})

test('what is added gets new numbers, whatever the order; what was there keeps its own', () => {
  const { lock } = make({ added: Type.Optional(Type.String()), ...FIELDS }, locked)
  const numbers = Object.entries(lock.messages['shop.things.Thing']!).map(([name, { number }]) => [name, number])
  assert.deepEqual(Object.fromEntries(numbers), { id: 1, count: 2, status: 3, added: 4 })
  assert.deepEqual(make(FIELDS, locked).lock, locked, 'the same contract changes nothing')
})

test('a reserved number is never given again, and the file says so', () => {
  const { count: _, ...messages } = locked.messages['shop.things.Thing']!
  const reserved = { 'shop.things.Thing': { count: 2, older: 9 } }
  const lock = { ...locked, messages: { ...locked.messages, 'shop.things.Thing': messages }, reserved }
  const { id, status } = FIELDS
  const next = make({ id, status, added: Type.String() }, lock)
  assert.equal(next.lock.messages['shop.things.Thing']!.added!.number, 10)
  assert.match(printProto(next.files[0]!), /reserved 2; \/\/ count/)
})

const { id, count, status } = FIELDS
const BREAKING: Readonly<Record<string, readonly [Fields, RegExp, string?]>> = {
  'a field is gone': [{ id, status }, /Thing\.count: the field is gone/],
  'a field has another type': [{ id: Type.Integer(), count, status }, /Thing\.id was string, is int64/],
  'an integer outgrows its type': [{ id, count: Type.Integer(), status }, /Thing\.count was int32, is int64/],
  'a field becomes a list': [{ id: Type.Array(id), count, status }, /Thing\.id was string, is repeated string/],
  'an enum value is gone': [{ id, count, status: Status('new') }, /'needs-care' is gone/],
  'an enum is gone': [{ id, count, status: Type.String() }, /Status: the enum is gone/],
  'a method is gone': [FIELDS, /Things\/GetThing: the method is gone/, 'readThing'],
}

for (const [name, [fields, message, operation]] of Object.entries(BREAKING)) {
  test(`refused: ${name}`, () => {
    assert.throws(() => make(fields, locked, operation), message)
  })
}

test('allowed: a field becomes optional, an enum gets a value, an operation is added', () => {
  const wider = { id: Type.Optional(id), count, status: Status('new', 'needs-care', 'done') }
  assert.equal(make(wider, locked).lock.enums['shop.things.Thing.Status']!.done, 3)
})

test('a package that moves, and two schemas of one title, are named', () => {
  assert.throws(() => make(FIELDS, { ...locked, package: 'store' }), /gone/)
  const One = Type.Object({ a: Type.String() }, { title: 'One' })
  const Other = Type.Object({ b: Type.String() }, { title: 'One' })
  assert.throws(() => make({ one: One, other: Other }), /Two different schemas of shop\.things have the title 'One'/)
})
