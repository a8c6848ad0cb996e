import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideChange, decideCreate, decideDelete, matchesVersion, type ProductRecord } from './product.ts'

const NOW = '2026-01-15T10:30:00.000Z'
const price = { amountMinor: 1_999, currency: 'USD' } as const
const draft = { name: 'Lamp', price }

test('created: version 1 of the product and of its stock, one event each', () => {
  const decision = decideCreate({ id: '7', draft: { ...draft, onHand: 3 }, now: NOW })
  assert.ok(decision.kind === 'accept')
  assert.equal(decision.reply.versions, 'p1.s1')
  assert.deepEqual(
    decision.events.map(({ type, aggregateId, version, payload }) => [type, aggregateId, version, payload]),
    [
      ['products.product-created.v1', '7', 1, { productId: '7', name: 'Lamp', price }],
      ['products.stock-set.v1', 'stock-7', 1, { productId: '7', onHand: 3 }],
    ],
  )
})

test('changed and deleted: the next version, told by one event; the creation time stays', () => {
  const current = existing()
  const changed = decideChange({ current, ifMatch: null, now: '2026-02-01T00:00:00.000Z' }, draft)
  assert.ok(changed.kind === 'accept')
  assert.deepEqual([changed.reply.data.createdAt, changed.reply.data.updatedAt], [NOW, '2026-02-01T00:00:00.000Z'])
  assert.deepEqual(
    changed.events.map(({ version }) => version),
    [5],
  )
  const deleted = decideDelete({ current, ifMatch: null, now: NOW })
  assert.ok(deleted.kind === 'accept')
  assert.deepEqual(
    deleted.events.map(({ type, version }) => [type, version]),
    [['products.product-deleted.v1', 5]],
  )
})

test('a product that is not there, or not the version that was seen, is refused without changes', () => {
  const cases = [
    [decideChange({ current: undefined, ifMatch: null, now: NOW }, draft), 'api.NOT_FOUND'],
    [decideDelete({ current: undefined, ifMatch: null, now: NOW }), 'api.NOT_FOUND'],
    [decideChange({ current: existing(), ifMatch: 'p3.s9', now: NOW }, draft), 'api.PRECONDITION_FAILED'],
    [decideDelete({ current: existing(), ifMatch: 'p5.s9', now: NOW }), 'api.PRECONDITION_FAILED'],
  ] as const
  for (const [decision, code] of cases) {
    assert.ok(decision.kind === 'refuse')
    assert.equal(decision.error.code, code)
    assert.deepEqual(decision.changes, [])
  }
})

test('If-Match looks at its own part of the ETag, with and without the API version in front', () => {
  assert.ok(matchesVersion(null, 'p', 4))
  assert.ok(matchesVersion('*', 'p', 4))
  assert.ok(matchesVersion('p4.s9', 'p', 4))
  assert.ok(matchesVersion('p3.s9 p4.s9', 'p', 4), 'one of several')
  assert.ok(matchesVersion('v2-p4.s1', 'p', 4))
  assert.ok(matchesVersion('v2-p1.s9', 's', 9))
  for (const other of ['p44.s9', 'p14', 's4', '4', '', 'v2-4']) assert.ok(!matchesVersion(other, 'p', 4), other)
})

test('a clock that runs behind never takes the last change back', () => {
  const decision = decideChange({ current: existing(), ifMatch: null, now: '2020-01-01T00:00:00.000Z' }, draft)
  assert.ok(decision.kind === 'accept')
  assert.equal(decision.reply.changedAt, existing().changedAt)
})

function existing(): ProductRecord {
  return {
    id: '7',
    name: 'Old lamp',
    description: '',
    category: 'Lighting',
    price,
    attributes: {},
    available: 1,
    createdAt: NOW,
    updatedAt: NOW,
    version: 4,
    stockVersion: 9,
    changedAt: '2026-01-20T00:00:00.000Z',
  }
}
