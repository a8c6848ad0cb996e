import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createApplicationCache, type ApplicationCache } from '../../cache/index.ts'
import { anyone, defineCommand, defineContract, ProductId, reply, type Wire } from '../../contract/index.ts'
import { coreErrors, systemClock, systemRandom, Type } from '../../core/index.ts'
import { createMetrics } from '../../observe/index.ts'
import type { View } from './cached-views.ts'
import { fixtureOptions } from '../gateway.fixture.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import { defineProductRead, FixtureProduct } from './product-read.fixture.ts'

const shop = defineContract({
  name: 'shop',
  operations: {
    getProduct: defineProductRead({
      sharedMaxAgeSeconds: 5,
      application: {
        strategy: {
          kind: 'write-through',
          invalidatedBy: {},
          writtenBy: { renameProduct: ({ id }: { id: string }) => ({ productId: id }) },
        },
        maxAgeSeconds: 60,
      },
    }),
    renameProduct: defineCommand({
      summary: 'Renames it.',
      http: 'PUT /products/:productId',
      input: Type.Object({ productId: ProductId, name: Type.String() }),
      output: FixtureProduct,
      access: anyone,
      invalidates: ({ productId }) => [`product-${productId}`],
    }),
    touchProduct: defineCommand({
      summary: 'Changes something of it, and may fail afterwards.',
      http: 'POST /products/:productId/touch',
      input: Type.Object({ productId: ProductId, fails: Type.Boolean() }),
      output: Type.Object({}),
      access: anyone,
      invalidates: ({ productId }) => [`product-${productId}`],
    }),
  },
})

/** A service in memory that counts how often it is asked. */
const state = { version: 1, name: 'A tree', reads: 0, gate: Promise.resolve() }

const product = (id: string) => ({
  id,
  name: state.name,
  price: { amountMinor: 1_999, currency: 'USD' },
  updatedAt: '2026-01-15T10:30:00.000Z',
})

const answer = (id: string) => reply(product(id), { versions: `p${state.version}`, changedAt: product(id).updatedAt })

const wire: Wire = {
  async call(operation, input) {
    const { productId, name, fails } = input as { productId: string; name?: string; fails?: boolean }
    if (operation === 'shop.getProduct') {
      state.reads += 1
      const asItIsNow = answer(productId)
      await state.gate // the answer is on its way
      if (productId === '404') throw coreErrors.NOT_FOUND()
      return asItIsNow
    }
    state.version += 1
    if (name !== undefined) state.name = name
    if (fails) throw coreErrors.INTERNAL()
    return operation === 'shop.renameProduct' ? answer(productId) : reply({})
  },
}

let cache: ApplicationCache<View>
let gateway: Gateway
let url: string

before(async () => {
  const [clock, random, metrics] = [systemClock, systemRandom, createMetrics()]
  cache = createApplicationCache<View>({ clock, random, metrics })
  gateway = createGateway(fixtureOptions({ contracts: [shop], wire, metrics, cache }))
  url = (await gateway.start()).url
})

after(() => gateway.stop())

beforeEach(() => {
  cache.clear()
  Object.assign(state, { version: 1, name: 'A tree', reads: 0, gate: Promise.resolve() })
})

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${url}/api${path}`, { headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const send = (method: string, path: string, body: object) =>
  fetch(`${url}/api${path}`, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

test('a second read is answered from memory, byte for byte the same, and says so', async () => {
  const first = await get('/v2/products/7')
  const second = await get('/v2/products/7')
  assert.equal(state.reads, 1)
  assert.equal(second.text, first.text)
  assert.equal(second.headers.get('etag'), first.headers.get('etag'))
  assert.equal(first.headers.get('x-cache'), 'miss; filled')
  assert.equal(second.headers.get('x-cache'), 'l1-hit; age=0')
})

test('API versions share an entry and never mix: each has its own bytes and tag', async () => {
  const [v1, v2] = [await get('/v1/products/7'), await get('/v2/products/7')]
  assert.equal(state.reads, 1)
  assert.match(v1.text, /"price":19.99/)
  assert.match(v2.text, /"amountMinor":1999/)
  assert.notEqual(v1.headers.get('etag'), v2.headers.get('etag'))
  assert.equal((await get('/v1/products/7')).text, v1.text)
})

test('304 without asking the service', async () => {
  const { headers } = await get('/v2/products/7')
  const again = await get('/v2/products/7', { 'if-none-match': headers.get('etag')! })
  assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', headers.get('etag')])
  assert.equal(state.reads, 1)
})

test('a thousand readers of one cold key are one question', async () => {
  const open = Promise.withResolvers<void>()
  state.gate = open.promise
  const readers = Array.from({ length: 1_000 }, () => get('/v2/products/7'))
  while (state.reads === 0) await new Promise(setImmediate)
  open.resolve()
  const answers = await Promise.all(readers)
  assert.equal(state.reads, 1)
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
})

test('a memory of one byte keeps nothing: each reads the present, and those who come together ask once', async () => {
  const [clock, random, metrics] = [systemClock, systemRandom, createMetrics()]
  const tiny = createApplicationCache<View>({ clock, random, metrics, maxBytes: 1 })
  await using other = createGateway(fixtureOptions({ contracts: [shop], wire, metrics, cache: tiny }))
  const path = `${(await other.start()).url}/api/v2/products/7`
  const read = async () => (await fetch(path, { headers: { 'accept-encoding': 'gzip' } })).text()
  assert.match(await read(), /"A tree"/)
  Object.assign(state, { version: 2, name: 'A bush' })
  const open = Promise.withResolvers<void>()
  state.gate = open.promise
  const together = Promise.all([read(), read(), read()])
  while (state.reads < 2) await new Promise(setImmediate)
  open.resolve()
  for (const text of await together) assert.match(text, /"A bush"/)
  assert.ok(state.reads <= 4 && tiny.memory.count === 0 && tiny.memory.bytes === 0)
})

test('"there is no such thing" is kept, too', async () => {
  const answers = [await get('/v2/products/404'), await get('/v2/products/404')]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [404, 404],
  )
  assert.equal(state.reads, 1)
})

test('whoever wrote reads what was written, and the writer brought it', async () => {
  await get('/v2/products/7')
  await send('PUT', '/v2/products/7', { name: 'A bush' })
  const read = await get('/v2/products/7')
  assert.match(read.text, /A bush/)
  assert.equal(read.headers.get('x-cache'), 'l1-hit; age=0')
  assert.equal(state.reads, 1)
})

test('a write that failed after its effect is read all the same', async () => {
  await get('/v2/products/7')
  assert.equal((await send('POST', '/v2/products/7/touch', { fails: true })).status, 500)
  assert.match((await get('/v2/products/7')).headers.get('etag')!, /p2/)
})

test('a read that began before a write is neither joined nor kept after it', async () => {
  const open = Promise.withResolvers<void>()
  state.gate = open.promise
  const old = get('/v2/products/7')
  while (state.reads === 0) await new Promise(setImmediate)
  await send('POST', '/v2/products/7/touch', { fails: false })
  state.gate = Promise.resolve()
  const fresh = await get('/v2/products/7')
  assert.equal(state.reads, 2)
  assert.match(fresh.headers.get('etag')!, /p2/)
  open.resolve()
  assert.match((await old).headers.get('etag')!, /p1/)
  assert.match((await get('/v2/products/7')).headers.get('etag')!, /p2/)
})
