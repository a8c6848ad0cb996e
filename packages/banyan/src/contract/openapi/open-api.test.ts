import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Compile } from 'typebox/schema'
import { coreErrors, defineErrors, Type } from '../../core/index.ts'
import {
  anyone,
  createOpenApi,
  createVersions,
  defineCommand,
  defineContract,
  defineQuery,
  dollarsInVersion1,
  internal,
  Money,
  pageOf,
  PageQuery,
  Price,
  ProductId,
  user,
  UserId,
  type Contract,
} from '../index.ts'
import type { OperationObject, ParameterObject, ResponseObject } from './document.ts'

const shopErrors = defineErrors('shop', {
  SOLD_OUT: {
    http: 409,
    grpc: 'ABORTED',
    effect: 'not-applied',
    retry: 'never',
    message: 'Only {left} left.',
    details: Type.Object({ left: Type.Integer(), price: Money }),
  },
})
const edgeErrors = defineErrors('api', {
  RATE_LIMITED: { http: 429, grpc: 'RESOURCE_EXHAUSTED', effect: 'not-applied', retry: 'safe', message: 'Too many.' },
})
const Thing = Type.Object(
  {
    id: ProductId,
    price: Price,
    was: Type.Union([Price, Type.Null()]),
    kind: Type.Union([Type.Literal('a'), Type.Literal('b')]),
  },
  { title: 'Thing' },
)
const shop = defineContract({
  name: 'shop',
  errors: shopErrors,
  operations: {
    listThings: defineQuery({
      summary: 'Things.',
      http: 'GET /things',
      input: Type.Object({ ...PageQuery }),
      output: pageOf(Thing),
      access: anyone,
    }),
    buyThing: defineCommand({
      summary: 'Buys.',
      http: 'POST /users/:userId/things/:productId',
      input: Type.Object({ userId: UserId, productId: ProductId, limit: Type.Optional(Money) }),
      output: Thing,
      errors: [shopErrors.SOLD_OUT],
      access: user({ owner: ({ userId }) => userId, roles: ['admin'] }),
      created: ({ id }) => `/things/${id}`,
      mayPend: true,
    }),
    changeThing: defineCommand({
      summary: 'Changes.',
      http: 'PUT /things/:productId',
      input: Type.Object({ productId: ProductId, price: Price }),
      output: Thing,
      errors: [coreErrors.PRECONDITION_FAILED],
      access: user({ roles: ['admin'] }),
    }),
    logIn: defineCommand({
      summary: 'Logs in.',
      http: 'POST /sessions',
      input: Type.Object({}),
      output: Type.Null(),
      access: anyone,
      outcome: 'none',
    }),
    hook: defineCommand({
      summary: 'Hook.',
      http: 'POST /hooks',
      input: Type.Object({ body: Type.String(), headers: Type.Object({ 'x-signature': Type.String() }) }),
      output: Type.Null(),
      access: anyone,
      raw: ['X-Signature'],
    }),
    inner: defineCommand({ summary: 'Inner.', input: Type.Object({}), output: Type.Null(), access: internal }),
  },
})

const document = createOpenApi({
  info: { title: 'Shop', version: '1.0.0' },
  contracts: [shop] as readonly Contract[],
  versions: createVersions({ current: 2, default: 1, transforms: [dollarsInVersion1] }),
  edgeErrors: Object.values(edgeErrors),
  deprecated: [1],
})
// As a client gets it: what JSON leaves out must not be missing.
const api = JSON.parse(JSON.stringify(document)) as typeof document
const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as OperationObject })),
)

function at(path: string, method: 'get' | 'post' | 'put'): OperationObject {
  return api.paths[path]![method]!
}

function resolve<T>(node: T | { readonly $ref: string }): T {
  if (typeof node !== 'object' || node === null || !('$ref' in node)) return node as T
  const target = node.$ref
    .slice(2)
    .split('/')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], api)
  assert.ok(target, `${node.$ref} leads nowhere`)
  return target as T
}

function everyNode(node: unknown, visit: (node: object) => void): void {
  if (typeof node !== 'object' || node === null) return
  visit(node)
  for (const inner of Object.values(node)) everyNode(inner, visit)
}

describe('structure', () => {
  test('each routed operation stands under each version and without one, internal ones nowhere', () => {
    assert.deepEqual(Object.keys(api.paths).sort(), [
      ...['/hooks', '/sessions', '/things', '/things/{productId}', '/users/{userId}/things/{productId}'].map(
        (path) => `/api${path}`,
      ),
      ...['/hooks', '/sessions', '/things', '/things/{productId}', '/users/{userId}/things/{productId}'].map(
        (path) => `/api/v1${path}`,
      ),
      ...['/hooks', '/sessions', '/things', '/things/{productId}', '/users/{userId}/things/{productId}'].map(
        (path) => `/api/v2${path}`,
      ),
    ])
    assert.match(api.info.description!, /without its version/)
  })

  test('operation ids are unique, and every operation has answers and known security', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    assert.equal(new Set(ids).size, ids.length)
    assert.equal(ids.length, 15)
    for (const { operation } of operations) {
      assert.ok(Object.keys(operation.responses).some((status) => status.startsWith('2')))
      const schemes = operation.security.flatMap((requirement) => Object.keys(requirement))
      assert.ok(schemes.every((scheme) => scheme in api.components.securitySchemes))
    }
  })

  test('path templates and path parameters agree, and no parameter is doubled', () => {
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((one) => one.in === 'path')
      assert.deepEqual(
        inPath.map(({ name }) => name),
        [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
      )
      assert.ok(inPath.every(({ required }) => required))
      const keys = operation.parameters.map((one) => `${one.in} ${one.name.toLowerCase()}`)
      assert.equal(new Set(keys).size, keys.length)
    }
  })

  test('every reference leads somewhere, every component is used, no platform keyword is left', () => {
    const used = new Set<string>()
    everyNode(api, (node) => {
      if ('$ref' in node) {
        resolve(node as { $ref: string })
        used.add((node as { $ref: string }).$ref)
      }
      assert.deepEqual(
        Object.keys(node).filter((name) => name.startsWith('x-') || name.startsWith('~')),
        [],
      )
    })
    const named = (section: 'schemas' | 'responses') =>
      Object.keys(api.components[section]).map((name) => `#/components/${section}/${name}`)
    assert.deepEqual(
      [...named('schemas'), ...named('responses')].filter((ref) => !used.has(ref)),
      [],
    )
  })

  test('an example of an error matches the schema it stands beside', () => {
    let examples = 0
    for (const { operation } of operations) {
      for (const given of Object.values(operation.responses)) {
        const json = (resolve(given) as ResponseObject).content?.['application/json']
        for (const { value } of Object.values((json?.examples ?? {}) as Record<string, { value: unknown }>)) {
          const schema = inlined(json!.schema)
          assert.ok(Compile(schema as never).Check(value), JSON.stringify({ schema, value }))
          examples++
        }
      }
    }
    assert.ok(examples > 50)
  })
})

/** References resolved in place, for a validator that knows no document. */
function inlined(node: unknown): unknown {
  const target = resolve(node)
  if (Array.isArray(target)) return target.map(inlined)
  if (typeof target !== 'object' || target === null) return target
  return Object.fromEntries(Object.entries(target).map(([name, inner]) => [name, inlined(inner)]))
}

describe('content', () => {
  const buy = at('/api/v2/users/{userId}/things/{productId}', 'post')

  test('the body holds what is left of the input; version 1 has money as a number', () => {
    const schema = buy.requestBody!.content['application/json']!.schema
    assert.deepEqual(schema, {
      type: 'object',
      required: [],
      properties: { limit: { $ref: '#/components/schemas/Money' } },
      additionalProperties: false,
    })
    const older = at('/api/v1/users/{userId}/things/{productId}', 'post').requestBody!.content['application/json']!
      .schema
    assert.deepEqual((older as { properties: object }).properties, { limit: { $ref: '#/components/schemas/MoneyV1' } })
    assert.equal((api.components.schemas.MoneyV1 as { type: string }).type, 'number')
    assert.ok('ThingV1' in api.components.schemas && 'Thing' in api.components.schemas)
    assert.equal(at('/api/v2/sessions', 'post').requestBody, undefined)
    assert.deepEqual(at('/api/v2/hooks', 'post').requestBody!.content, { '*/*': { schema: { type: 'string' } } })
  })

  test('a list shows its items as data and its page in meta, with limit and cursor as query parameters', () => {
    const list = at('/api/v2/things', 'get')
    const { properties } = (resolve(list.responses[200]!) as ResponseObject).content!['application/json']!
      .schema as unknown as {
      properties: Record<string, unknown>
    }
    assert.deepEqual(properties.data, { type: 'array', items: { $ref: '#/components/schemas/Thing' } })
    assert.deepEqual(properties.meta, { $ref: '#/components/schemas/ListMeta' })
    const queries = list.parameters.filter((one) => one.in === 'query')
    assert.deepEqual(
      queries.map(({ name, required }) => [name, required]),
      [
        ['limit', false],
        ['cursor', false],
      ],
    )
    assert.deepEqual((api.components.schemas.Thing as { properties: Record<string, unknown> }).properties.kind, {
      type: 'string',
      enum: ['a', 'b'],
    })
  })

  test('headers: keys, conditions and waiting only where they mean something', () => {
    assert.deepEqual(headers(buy), ['Idempotency-Key', 'Prefer'])
    assert.deepEqual(headers(at('/api/v2/things/{productId}', 'put')), ['Idempotency-Key', 'If-Match'])
    assert.deepEqual(headers(at('/api/v2/things', 'get')), ['If-None-Match'])
    assert.deepEqual(headers(at('/api/v2/sessions', 'post')), [])
    assert.deepEqual(headers(at('/api/v2/hooks', 'post')), ['x-signature', 'Idempotency-Key'])
  })

  test('every error is there, declared, implied and from the edge', () => {
    assert.deepEqual(Object.keys(buy.responses), [
      '201',
      '202',
      '400',
      '401',
      '403',
      '404',
      '409',
      '422',
      '429',
      '500',
      '503',
      '504',
    ])
    const conflict = buy.responses[409] as ResponseObject
    assert.match(conflict.description, /shop\.SOLD_OUT.*Only \{left\} left[\s\S]*api\.KEY_IN_USE/)
    assert.match(JSON.stringify(conflict.content), /"price":\{"\$ref":"#\/components\/schemas\/Money"\}/)
    const older = at('/api/v1/users/{userId}/things/{productId}', 'post').responses[409]
    assert.match(JSON.stringify(older), /"price":\{"\$ref":"#\/components\/schemas\/MoneyV1"\}/)
    assert.deepEqual(Object.keys(at('/api/v2/things', 'get').responses), [
      '200',
      '304',
      '400',
      '429',
      '500',
      '503',
      '504',
    ])
  })

  test('without a version: either shape, the default version’s first, and two ways to name another', () => {
    const either = at('/api/users/{userId}/things/{productId}', 'post')
    assert.equal(either.operationId, 'shop.buyThing')
    const shapes = JSON.stringify(either.requestBody!.content['application/json']!.schema)
    assert.match(shapes, /^\{"anyOf":\[.*schemas\/MoneyV1.*schemas\/Money"/)
    assert.match(JSON.stringify(either.responses[201]), /"anyOf":.*ThingV1.*Thing"/)
    assert.match(JSON.stringify(either.responses[409]), /"anyOf":.*MoneyV1.*Money"/)
    const named = either.parameters.filter(({ name }) => /version/i.test(name))
    assert.deepEqual(
      named.map((one) => [one.in, one.name, one.schema]),
      ['query version', 'header Api-Version'].map((text) => [
        ...text.split(' '),
        { type: 'integer', enum: [1, 2], default: 1 },
      ]),
    )
    assert.equal(either.deprecated, undefined, 'only version 1 is')
    assert.doesNotMatch(JSON.stringify(at('/api/sessions', 'post').responses), /anyOf/, 'one shape stands once')
  })

  test('who may, and which version ends', () => {
    assert.match(buy.description, /the owner or the role `admin`.*`shop:write`/)
    assert.deepEqual(at('/api/v2/things', 'get').security, [])
    assert.equal(at('/api/v1/things', 'get').deprecated, true)
    assert.equal(at('/api/v2/things', 'get').deprecated, undefined)
  })

  function headers({ parameters }: OperationObject): string[] {
    return parameters.filter((one: ParameterObject) => one.in === 'header').map(({ name }) => name)
  }
})
