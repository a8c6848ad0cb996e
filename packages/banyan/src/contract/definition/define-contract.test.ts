import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors, defineErrors, isDeclared, isError, ownerOfId, Type } from '../../core/index.ts'
import {
  anyone,
  defineCommand,
  defineContract,
  defineEvent,
  defineQuery,
  internal,
  Money,
  OrderId,
  PageQuery,
  pageOf,
  user,
  UserId,
  type Contract,
  type InputOf,
  type Operation,
  type OutputOf,
  type PayloadOf,
} from '../index.ts'

const orderErrors = defineErrors('orders', {
  EMPTY: { http: 409, grpc: 'FAILED_PRECONDITION', effect: 'not-applied', retry: 'never', message: 'No items.' },
})
const Order = Type.Object({ id: OrderId, userId: UserId, total: Money }, { title: 'Order' })

const orders = defineContract({
  name: 'orders',
  errors: orderErrors,
  operations: {
    getOrder: defineQuery({
      summary: 'One order.',
      http: 'GET /orders/:orderId',
      input: Type.Object({ orderId: OrderId }),
      output: Order,
      errors: [coreErrors.NOT_FOUND],
      access: user({ owner: ({ orderId }) => ownerOfId('ord', orderId), roles: ['admin'] }),
      cache: { maxAgeSeconds: 0, sharedMaxAgeSeconds: 0, tags: ({ orderId }) => [orderId] },
    }),
    listOrders: defineQuery({
      summary: 'Orders of a user.',
      http: 'GET /users/:userId/orders',
      input: Type.Object({ userId: UserId, ...PageQuery }),
      output: pageOf(Order),
      access: user({ owner: ({ userId }) => userId }),
    }),
    placeOrder: defineCommand({
      summary: 'Places an order.',
      http: 'POST /users/:userId/orders',
      input: Type.Object({
        userId: UserId,
        items: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
      }),
      output: Order,
      access: user({ owner: ({ userId }) => userId }),
      created: (order) => `/orders/${order.id}`,
      shardKey: ({ userId }) => userId,
      deadlineMs: 15_000,
    }),
    confirmOrder: defineCommand({
      summary: 'Ends a checkout.',
      input: Type.Object({ orderId: OrderId }),
      output: Type.Null(),
      access: internal,
      outcome: 'domain',
    }),
  },
  events: { 'order-placed.v1': defineEvent(Type.Object({ orderId: OrderId })) },
})

test('a contract fills in the defaults', () => {
  const { getOrder, placeOrder, confirmOrder } = orders.operations
  assert.equal(getOrder.deadlineMs, 5_000)
  assert.equal(placeOrder.deadlineMs, 15_000)
  assert.equal(placeOrder.outcome, 'key')
  assert.equal(placeOrder.http?.status, 201)
  assert.equal(confirmOrder.http, null)
  assert.deepEqual(orders.errors, [orderErrors.EMPTY])
})

test('every object that lists its properties is closed, at any depth', () => {
  const items = orders.operations.placeOrder.input.properties.items as unknown as { items: object }
  assert.equal((items.items as { additionalProperties?: boolean }).additionalProperties, false)
  assert.equal((orders.operations.listOrders.output as { additionalProperties?: boolean }).additionalProperties, false)
  const open = defineEvent(Type.Object({ a: Type.String() })).payload
  assert.ok(!('additionalProperties' in open), 'an event stays open: later producers may add fields')
})

test('all faults of a contract are reported at once, each with its cure', () => {
  const input = Type.Object({ userId: UserId })
  const shared = { summary: '', input, output: Type.Null() }
  const faulty = () =>
    defineContract({
      name: 'Orders',
      errors: orderErrors,
      operations: {
        a: defineQuery({ ...shared, http: 'GET /users/:id', access: anyone }),
        b: defineQuery({ ...shared, http: 'GET /users/:userId', access: user({ owner: ({ nope }) => nope }) }),
        c: defineCommand({ ...shared, http: 'DELETE /users/:userId', access: anyone, deadlineMs: 0 }),
        d: defineCommand({ ...shared, http: 'DELETE /users/:userId', access: internal }),
        e: defineCommand({ ...shared, access: anyone }),
        f: defineCommand({ ...shared, http: 'GET /f', access: anyone }),
        g: defineCommand({ ...shared, http: 'PATCH f', access: anyone, raw: ['x-signature'] }),
        h: defineQuery({
          ...shared,
          http: 'GET /h',
          access: user(),
          cache: { maxAgeSeconds: -1, sharedMaxAgeSeconds: 5, staleIfErrorSeconds: 60, tags: () => [] },
        }),
        i: defineQuery({
          ...shared,
          input: Type.Object({ list: Type.Array(Type.String()) }),
          http: 'GET /i',
          access: anyone,
        }),
        'J-': defineQuery({ ...shared, access: internal }),
      },
      events: { OrderPlaced: defineEvent(Type.Null()) },
    })
  assert.throws(faulty, (error: unknown) => {
    assert.ok(isDeclared(error) && isError(error, coreErrors.INVALID_OPTIONS))
    for (const expected of EXPECTED_FAULTS)
      assert.ok(error.message.includes(expected), `${expected}\n— in —\n${error.message}`)
    return true
  })
})

const EXPECTED_FAULTS = [
  "Name 'Orders' must match",
  "Name 'J-' must match",
  "Name 'OrderPlaced' must match",
  "Error 'orders.EMPTY' is not of this service",
  "Operation 'a': path parameter ':id' is not a field of the input. Add 'id' to the input.",
  "Operation 'b': owner reads 'nope', but the input has only 'userId'.",
  "Operation 'c': deadlineMs must be a whole number between 1 and 600000, got 0.",
  "Operation 'd': access is internal, but http is 'DELETE /users/:userId'.",
  "Operations 'c' and 'd' share the route 'DELETE /users/:userId'.",
  "Operation 'e': access is 'anyone', but there is no http",
  "Operation 'f': a command may not be GET.",
  "Operation 'g': http method must be one of GET, POST, PUT, DELETE, got 'PATCH'.",
  "Operation 'g': http path must look like '/users/:userId/orders', got 'f'.",
  "Operation 'g': raw needs the input field 'body', which is missing.",
  "Operation 'h': cache.maxAgeSeconds must be a whole number of at least 0, got -1.",
  "Operation 'h': cache.sharedMaxAgeSeconds is 5, but access is 'user'",
  "Operation 'h': cache.staleIfErrorSeconds is 60, but access is 'user'",
  "Operation 'i': 'list' comes from the query string",
]

test('types are inferred from the schemas (checked by the compiler)', () => {
  type Place = InputOf<typeof orders.operations.placeOrder>
  const place: Place = { userId: '1', items: [{ productId: '7', quantity: 2 }] }
  // @ts-expect-error quantity must be a number
  const wrong: Place = { userId: '1', items: [{ productId: '7', quantity: '2' }] }
  type Listed = OutputOf<typeof orders.operations.listOrders>
  const page: Listed = {
    items: [{ id: 'x', userId: '1', total: { amountMinor: 1, currency: 'USD' } }],
    nextCursor: null,
  }
  // @ts-expect-error a page always says whether there is another
  const endless: Listed = { items: [] }
  type Placed = PayloadOf<(typeof orders.events)['order-placed.v1']>
  const placed: Placed = { orderId: 'x' }
  // @ts-expect-error there is no such operation
  const missing = orders.operations.nope
  const asContract: Contract = orders
  const asOperation: Operation = orders.operations.placeOrder
  defineCommand({
    summary: '',
    input: Type.Object({ userId: UserId }),
    output: Type.Null(),
    access: internal,
    // @ts-expect-error the input has no such field
    shardKey: ({ nope }) => nope,
  })
  assert.ok([place, wrong, page, endless, placed, asContract, asOperation].every(Boolean))
  assert.equal(missing, undefined)
})
