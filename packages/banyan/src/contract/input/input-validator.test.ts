import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TObject } from 'typebox'
import { coreErrors, isDeclared, isError, Type } from '../../core/index.ts'
import {
  anyone,
  createInputValidator,
  createTextCoercion,
  defineCommand,
  defineQuery,
  Email,
  MAX_FAULTS,
  Money,
  PageQuery,
  UserId,
  type Fault,
} from '../index.ts'

function validatorOf(input: TObject) {
  return createInputValidator(
    defineCommand({ summary: '', http: 'POST /things', input, output: Type.Null(), access: anyone }),
  )
}

function faultsOf(schema: TObject, value: unknown): readonly Fault[] {
  try {
    validatorOf(schema)(value)
    return []
  } catch (error) {
    assert.ok(isDeclared(error) && isError(error, coreErrors.INVALID_INPUT), String(error))
    return error.details.faults as readonly Fault[]
  }
}

const Line = Type.Object({ productId: Type.String(), quantity: Type.Integer({ minimum: 1, maximum: 1_000 }) })

test('each fault has its JSON pointer, the value received and what is allowed', () => {
  const schema = Type.Object({
    items: Type.Array(Line, { minItems: 1, maxItems: 2 }),
    status: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('shut')])),
    price: Type.Optional(Type.Union([Money, Type.Null()])),
    'a/b~c': Type.Optional(Type.Number()),
  })
  const value = {
    items: [{ productId: '1', quantity: 0 }, { productId: '1', quantity: 1, colour: 'red' }, { productId: 2 }],
    status: 'ajar',
    price: { amountMinor: 1.5, currency: 'EUR' },
    'a/b~c': 'x',
    nope: 1,
  }
  assert.deepEqual(faultsOf(schema, value), [
    { pointer: '/items', message: 'must have at most 2 items', allowed: 2 },
    { pointer: '/items/0/quantity', message: 'must be at least 1', received: 0, allowed: 1 },
    { pointer: '/items/1/colour', message: 'is not a known field', allowed: ['productId', 'quantity'] },
    { pointer: '/items/2/quantity', message: 'is required' },
    { pointer: '/items/2/productId', message: 'must be a string', received: 2, allowed: 'string' },
    { pointer: '/status', message: 'must be one of open, shut', received: 'ajar', allowed: ['open', 'shut'] },
    { pointer: '/price/amountMinor', message: 'must be a whole number', received: 1.5, allowed: 'integer' },
    { pointer: '/price/currency', message: 'must be "USD"', received: 'EUR', allowed: 'USD' },
    { pointer: '/a~1b~0c', message: 'must be a number', received: 'x', allowed: 'number' },
    { pointer: '/nope', message: 'is not a known field', allowed: ['items', 'status', 'price', 'a/b~c'] },
  ])
})

test('a whole input of the wrong type is one fault that echoes nothing', () => {
  for (const value of [null, undefined, 'hunter2', 7, []]) {
    assert.deepEqual(faultsOf(Type.Object({ a: Type.String() }), value), [
      { pointer: '', message: 'must be an object', allowed: 'object' },
    ])
  }
})

test('a text of the wrong form is one fault, in words with an example, whatever else it misses', () => {
  const schema = Type.Object({ email: Type.Optional(Email), userId: Type.Optional(UserId) })
  const message = 'must be an e-mail address, e.g. ada@example.com'
  for (const email of ['', 'ada', 'x'.repeat(300), 'a@b']) {
    const received = email.length > 64 ? `${email.slice(0, 64)}…` : email
    assert.deepEqual(faultsOf(schema, { email }), [{ pointer: '/email', message, received }])
  }
  assert.deepEqual(faultsOf(schema, { email: 7 }), [
    { pointer: '/email', message: 'must be a string', received: 7, allowed: 'string' },
  ])
  assert.equal(faultsOf(schema, { userId: '007' })[0]!.message, 'must be a user id, e.g. 42')
  const long = `ada@${'x'.repeat(60)}.${'example.'.repeat(30)}com`
  assert.equal(faultsOf(schema, { email: long })[0]!.message, 'must have at most 254 characters')
})

test('a field of the address is not offered as one of the body', () => {
  const input = Type.Object({ userId: UserId, name: Type.String() })
  const validate = createInputValidator(
    defineCommand({ summary: '', http: 'PUT /users/:userId', input, output: Type.Null(), access: anyone }),
  )
  assert.throws(
    () => validate({ userId: '42', name: 'Ada', nick: 'A' }),
    (error) => {
      assert.deepEqual(isDeclared(error) && error.details.faults, [
        { pointer: '/nick', message: 'is not a known field', allowed: ['name'] },
      ])
      return true
    },
  )
})

test('at most 20 faults are listed', () => {
  const value = { items: Array.from({ length: 50 }, () => ({ productId: 1 })) }
  assert.equal(faultsOf(Type.Object({ items: Type.Array(Line) }), value).length, MAX_FAULTS)
})

test('secrets are never echoed, neither by name nor when marked writeOnly, also inside them', () => {
  const schema = Type.Object({
    password: Type.String({ minLength: 12 }),
    current: Type.String({ minLength: 12 }),
    refreshToken: Type.Integer(),
    nickname: Type.String({ minLength: 12, writeOnly: true }),
    credentials: Type.Object({ a: Type.Integer() }),
  })
  const value = {
    password: 'hunter2',
    current: 'hunter2',
    refreshToken: 'hunter2',
    nickname: 'hunter2',
    credentials: { a: 'hunter2' },
  }
  const faults = faultsOf(schema, value)
  assert.equal(faults.length, 5)
  assert.ok(!JSON.stringify(faults).includes('hunter2'))
})

test('a long value is shortened, and an unsafe one made printable', () => {
  const [long, unsafe] = faultsOf(Type.Object({ a: Type.Integer(), b: Type.Integer() }), {
    a: 'x'.repeat(1_000),
    b: '\0\ud800',
  })
  assert.equal(long?.received, `${'x'.repeat(64)}…`)
  assert.equal(unsafe?.received, '\uFFFD\uFFFD')
})

const UNSAFE: [string, unknown, string][] = [
  ['U+0000', { text: 'a\0b' }, '/text'],
  ['a lone high surrogate', { text: 'a\ud800' }, '/text'],
  ['a lone low surrogate in a list', { list: ['ok', '\udc00'] }, '/list/1'],
  ['U+0000 deep in a free document', { free: { a: [{ b: '\0' }] } }, '/free/a/0/b'],
  ['U+0000 in a key', { free: { 'a\0': 1 } }, '/free'],
  ['a lone surrogate in a key', { free: { x: { '\ud800': 1 } } }, '/free/x'],
  ['__proto__ as a key', { free: JSON.parse('{"__proto__":{"admin":true}}') }, '/free'],
  ['a number beyond the doubles', { free: JSON.parse('{"a":1e999}') }, '/free/a'],
  ['a surrogate in a union', { choice: '\ud800' }, '/choice'],
]
for (const [what, value, pointer] of UNSAFE) {
  test(`refuses ${what}, although the schema allows it`, () => {
    const schema = Type.Object({
      text: Type.Optional(Type.String({ pattern: '^[^x]*$' })),
      list: Type.Optional(Type.Array(Type.String())),
      free: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      choice: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    })
    assert.deepEqual(
      faultsOf(schema, value).map((fault) => fault.pointer),
      [pointer],
    )
  })
}

test('a free document may be 32 levels deep, not 100,000', () => {
  const schema = Type.Object({ free: Type.Unknown() })
  const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
  assert.deepEqual(faultsOf(schema, { free: nested(32) }), [])
  assert.match(faultsOf(schema, { free: nested(33) })[0]!.message, /nested too deep/)
  assert.match(faultsOf(schema, { free: nested(100_000) })[0]!.message, /nested too deep/)
})

test('a path parameter that cannot be one is an address with nothing behind it', () => {
  const validate = createInputValidator(
    defineQuery({
      summary: '',
      http: 'GET /users/:userId/orders',
      input: Type.Object({ userId: UserId, ...PageQuery }),
      output: Type.Null(),
      access: anyone,
    }),
  )
  validate({ userId: '42', limit: 3 })
  assert.throws(() => validate({ userId: 'x' }), { code: coreErrors.NOT_FOUND.code })
  assert.throws(() => validate({ userId: '9'.repeat(19) }), { code: coreErrors.NOT_FOUND.code })
  assert.throws(() => validate({ userId: '42', limit: 101 }), { code: coreErrors.INVALID_INPUT.code })
})

test('e-mail addresses: a dotted domain, one @, no control characters or quotes', () => {
  const isEmail = (email: string) => faultsOf(Type.Object({ email: Email }), { email }).length === 0
  const good = [
    'a@b.co',
    'Ada.Lovelace+x@Example.co.uk',
    ' ada@example.com ',
    'jörg@example.com',
    'a@xn--bcher-kva.example',
    "o'x@e.io",
  ]
  const bad = [
    'a@b',
    'a b@c.de',
    '@c.de',
    'a@',
    'a@@b.co',
    '"a"@b.co',
    'a@-b.co',
    'a@b..co',
    'a\0@b.co',
    `${'x'.repeat(65)}@b.co`,
    '<a@b.co>',
    'a@[1.2.3.4]',
  ]
  assert.deepEqual(
    good.filter((email) => !isEmail(email)),
    [],
  )
  assert.deepEqual(bad.filter(isEmail), [])
})

test('texts of a URL become numbers and booleans; those of a body do not', () => {
  const input = Type.Object({
    id: Type.Integer(),
    limit: Type.Optional(Type.Integer()),
    all: Type.Optional(Type.Boolean()),
  })
  const shared = { summary: '', input, output: Type.Null(), access: anyone }
  const ofQuery = createTextCoercion(defineQuery({ ...shared, http: 'GET /a/:id' }))
  assert.deepEqual(ofQuery({ id: '7', limit: '20', all: 'true' }), { id: 7, limit: 20, all: true })
  for (const text of ['', ' 1', '0x10', '1e3', '01', '+1', 'yes']) assert.equal(ofQuery({ limit: text }).limit, text)
  const ofBody = createTextCoercion(defineCommand({ ...shared, http: 'POST /a/:id' }))
  assert.deepEqual(ofBody({ id: '7', limit: '20', all: 'true' }), { id: 7, limit: '20', all: 'true' })
})
