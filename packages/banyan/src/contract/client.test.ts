import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock, systemRandom, Type } from '../core/index.ts'
import {
  anyone,
  childCall,
  createCall,
  createClient,
  defineCommand,
  defineContract,
  defineQuery,
  ProductId,
  reply,
  serviceCall,
  type Call,
  type Wire,
} from './index.ts'

const products = defineContract({
  name: 'products',
  operations: {
    getProduct: defineQuery({
      summary: '',
      http: 'GET /products/:productId',
      input: Type.Object({ productId: ProductId }),
      output: Type.Object({ id: ProductId }),
      access: anyone,
    }),
    createProduct: defineCommand({
      summary: '',
      http: 'POST /products',
      input: Type.Object({ name: Type.String() }),
      output: Type.Object({ id: ProductId }),
      access: anyone,
    }),
  },
})
const context = { clock: systemClock, random: systemRandom }

function recordingWire(): { wire: Wire; calls: [string, unknown, Call][] } {
  const calls: [string, unknown, Call][] = []
  const wire: Wire = {
    call(id, input, call) {
      calls.push([id, input, call])
      return Promise.resolve(reply({ id: '7' }, { versions: 'p7' }))
    },
  }
  return { wire, calls }
}

test('a client calls by name and gives the data, or the whole reply', async () => {
  const { wire, calls } = recordingWire()
  const client = createClient(products, wire, context)
  const product = await client.getProduct({ productId: '7' })
  assert.equal(product.id, '7')
  assert.equal((await client.getProduct.reply({ productId: '7' })).versions, 'p7')
  assert.deepEqual(calls[0]!.slice(0, 2), ['products.getProduct', { productId: '7' }])
  assert.equal(calls[0]![2].key, null, 'a query has no key')
  await client.createProduct({ name: 'a' }, { key: 'k', timeoutMs: 10 })
  assert.equal(calls[2]![2].key, 'k')
  await client.createProduct({ name: 'a' })
  assert.match(calls[3]![2].key!, /^[0-9a-z]{16}$/, 'a command gets a key of its own')
})

test('a client is typed by its contract (checked by the compiler)', () => {
  const client = createClient(products, recordingWire().wire, context)
  const typed = [
    // @ts-expect-error the input needs a product id
    () => client.getProduct({}),
    // @ts-expect-error there is no such operation
    () => client.dropTables({}),
    // @ts-expect-error the output has no such field
    async () => (await client.getProduct({ productId: '7' })).nope,
  ]
  assert.equal(typed.length, 3)
})

test('a call has sane defaults', () => {
  const call = createCall(context)
  assert.equal(call.principal.kind, 'anonymous')
  assert.ok(Math.abs(call.deadlineAtMs - systemClock.monotonicMs() - 5_000) < 500)
  assert.notEqual(call.requestId, createCall(context).requestId)
  assert.deepEqual(createCall(serviceCall('orders')).principal, { kind: 'service', name: 'orders' })
})

test("a child's deadline shrinks, its signal is the parent's, its key is derived", () => {
  const abort = new AbortController()
  const parent = createCall({ ...context, key: 'order-1', timeoutMs: 1_000, signal: abort.signal, requestId: 'r' })
  const child = childCall(parent, { clock: systemClock, step: 'prices', timeoutMs: 60_000 })
  assert.equal(child.deadlineAtMs, parent.deadlineAtMs)
  assert.equal(child.signal, parent.signal)
  assert.deepEqual([child.key, child.requestId], ['order-1/prices', 'r'])
  const sooner = childCall(parent, { clock: systemClock, step: 'prices', timeoutMs: 10 })
  assert.ok(sooner.deadlineAtMs < parent.deadlineAtMs)
  const long = createCall({ ...context, key: 'k'.repeat(255) })
  const derived = childCall(long, { clock: systemClock, step: 'prices' }).key!
  assert.ok(derived.length <= 255)
  assert.equal(childCall(long, { clock: systemClock, step: 'prices' }).key, derived)
  assert.notEqual(childCall(long, { clock: systemClock, step: 'other' }).key, derived)
  assert.equal(childCall({ ...parent, key: null }, { clock: systemClock, step: 'x' }).key, null)
})
