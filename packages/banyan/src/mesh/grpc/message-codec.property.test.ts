import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { Type } from '../../core/index.ts'
import {
  anyone,
  createProtoFiles,
  defineContract,
  defineQuery,
  emptyProtoLock,
  Money,
  printProto,
} from '../../contract/index.ts'
import { schemaArbitrary, type PlainSchema } from '../../testing/index.ts'
import { createMessageCodec } from './message-codec.ts'

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])
const Kind = Type.Union([Type.Literal('small'), Type.Literal('very-large')])
const Part = Type.Object({ name: Type.String(), price: Type.Optional(Money) })

/** Every form that a contract may use, where it may stand. */
const Everything = Type.Object(
  {
    text: Type.String(),
    yes: Type.Boolean(),
    small: Type.Integer({ minimum: -5, maximum: 5 }),
    large: Type.Integer({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
    fraction: Type.Number({ minimum: -1e9, maximum: 1e9 }),
    kind: Kind,
    part: Part,
    pieces: Type.Array(Part),
    sizes: Type.Array(Kind),
    counts: Type.Array(Type.Integer({ minimum: -1, maximum: 1_000_000 })),
    grid: Type.Array(Type.Array(Type.String())),
    holes: Type.Array(orNull(Type.String())),
    labels: Type.Record(Type.String(), Type.String()),
    mayText: Type.Optional(Type.String()),
    mayCount: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
    mayList: Type.Optional(Type.Array(Type.String())),
    mayPart: Type.Optional(Part),
    nullText: orNull(Type.String()),
    nullList: orNull(Type.Array(Type.Boolean())),
    nullPart: orNull(Part),
    mayNull: Type.Optional(orNull(Type.Integer({ minimum: 0, maximum: 9 }))),
    method: Type.Union([
      Type.Object({ type: Type.Literal('card'), number: Type.String() }),
      Type.Object({ type: Type.Literal('bank'), iban: Type.Optional(Type.String()) }),
    ]),
  },
  { title: 'Everything' },
)
const Free = Type.Object(
  { free: Type.Unknown(), document: Type.Record(Type.String(), Type.Unknown()) },
  { title: 'Free' },
)
const bare = { summary: 'Shows.', input: Type.Object({}), access: anyone }
const shapes = defineContract({
  name: 'shapes',
  operations: {
    show: defineQuery({ ...bare, output: Everything, http: 'GET /shapes' }),
    free: defineQuery({ ...bare, output: Free, http: 'GET /free' }),
  },
})
const file = createProtoFiles([shapes], emptyProtoLock('test')).files[0]!
const message = (name: string) => file.messages.find((one) => one.name === name)!
const codec = createMessageCodec(message('Everything'), { unknownFields: 'refuse' })
const schema = JSON.parse(JSON.stringify(Everything)) as PlainSchema

test('every value of a contract comes back as JSON would bring it', () => {
  fc.assert(
    fc.property(schemaArbitrary(schema), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as unknown
      assert.deepEqual(codec.decode(codec.encode(value)), json)
    }),
  )
})

test('another implementation that knows only the .proto reads and writes the same', async () => {
  const root = new protobuf.Root()
  root.resolvePath = (_, path) => path
  await root.load('google/protobuf/struct.proto')
  protobuf.parse(printProto(file), root, { keepCase: true })
  const type = root.lookupType('test.shapes.Everything')
  fc.assert(
    fc.property(schemaArbitrary(schema), (value) => {
      const again = type.encode(type.decode(codec.encode(value))).finish()
      assert.deepEqual(codec.decode(again), JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('free JSON crosses with nothing changed: order of members, null, __proto__, deep lists', () => {
  const free = createMessageCodec(message('Free'), { unknownFields: 'refuse' })
  fc.assert(
    fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (value, document) => {
      const text = JSON.stringify({ free: value, document })
      assert.equal(JSON.stringify(free.decode(free.encode(JSON.parse(text)))), text)
    }),
  )
  const odd = '{"free":{"b":1,"a":{"__proto__":{"x":[[],{},null]}}},"document":{"__proto__":1}}'
  assert.equal(JSON.stringify(free.decode(free.encode(JSON.parse(odd)))), odd)
})

test('bytes that are no message, a field that is not known, a value that does not fit: each is named, none ends the process', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        codec.decode(bytes)
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error))
      }
    }),
  )
  for (const wild of [new Uint8Array(10).fill(0x80), Uint8Array.of(0x0f)])
    assert.throws(() => codec.decode(wild), RangeError)
  assert.throws(() => codec.decode(Uint8Array.of(0xf8, 0x07, 1)), /has no field 127/)
  const careless = createMessageCodec(message('Everything'), { unknownFields: 'skip' })
  assert.equal((careless.decode(Uint8Array.of(0xf8, 0x07, 1)) as { text: string }).text, '')
  assert.throws(() => codec.encode({ text: 1 }), /test\.shapes\.Everything\.text must be string, got number/)
  let deep: unknown = 1
  for (let level = 0; level < 200; level++) deep = [deep]
  const free = createMessageCodec(message('Free'), { unknownFields: 'refuse' })
  assert.throws(() => free.encode({ free: deep, document: {} }), /deeper than 64/)
})
