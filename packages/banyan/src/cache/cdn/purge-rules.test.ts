import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '../../core/index.ts'
import { anyone, defineContract, defineEvent, defineQuery } from '../../contract/index.ts'
import { createPurgeRules } from './purge-rules.ts'

const id = Type.Object({ id: Type.String() })
const products = defineContract({
  name: 'products',
  operations: {
    get: defineQuery({
      summary: '',
      http: 'GET /products/:id',
      input: id,
      output: id,
      access: anyone,
      cache: {
        maxAgeSeconds: 0,
        sharedMaxAgeSeconds: 5,
        staleWhileRevalidateSeconds: 10,
        staleIfErrorSeconds: 60,
        notPurgedBy: ['orders.sold.v1'],
        tags: (input) => [`product-${input.id}`],
        application: {
          maxAgeSeconds: 2,
          strategy: {
            kind: 'event',
            invalidatedBy: {
              'products.changed.v1': (changed: { id: string }) => [`product-${changed.id}`, 'products'],
              'orders.sold.v1': (sold: { id: string }) => [`product-${sold.id}`],
            },
          },
        },
      },
    }),
  },
  events: { 'changed.v1': defineEvent(id), 'looked-at.v1': defineEvent(id) },
})

test('an event asks for the tags that empty the copies of the gateway', () => {
  const rules = createPurgeRules([products])
  assert.deepEqual(rules.tagsOf({ type: 'products.changed.v1', payload: { id: '7' } }), ['product-7', 'products'])
  assert.deepEqual(rules.tagsOf({ type: 'products.looked-at.v1', payload: { id: '7' } }), [])
  assert.equal(rules.concern('products'), true)
  assert.equal(rules.concern('prod'), false)
})

test('whoever asks by `banyan cache purge` asks the caches in front, too', () => {
  const { tagsOf } = createPurgeRules([products])
  const asked = { type: 'products.cache-purged.v1', payload: { tags: ['product-7', 'a b', 'products'] } }
  assert.deepEqual(tagsOf(asked), ['product-7', 'products'])
})

test('events that are not worth a purge ask for none', () => {
  const rules = createPurgeRules([products])
  assert.deepEqual(rules.tagsOf({ type: 'orders.sold.v1', payload: { id: '7' } }), [])
  assert.equal(rules.concern('orders'), false)
})

test('what no cache would take for a tag is left out', () => {
  const { tagsOf } = createPurgeRules([products])
  for (const odd of ['a b', 'a\r\nX: y', 'a|b', 'x'.repeat(200), '(.*)'])
    assert.deepEqual(tagsOf({ type: 'products.changed.v1', payload: { id: odd } }), ['products'])
})

test('an answer is shown for as long as the gateway and the shared cache may, one after the other', () => {
  assert.equal(createPurgeRules([products]).maxShownMs, 67_000)
  assert.equal(createPurgeRules([]).maxShownMs, 0)
})
