import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredEvent } from '../log/index.ts'
import { createUpcaster, defineUpcast } from './index.ts'

const event = (type: string, payload: unknown): StoredEvent => ({
  type,
  payload,
  aggregateId: 'a',
  version: 1,
  position: 1,
  log: { producer: 'orders', shard: 0, epoch: 1 },
  recordedAt: '2026-01-15T10:30:00.000Z',
  traceParent: null,
})

const toV2 = defineUpcast('orders.placed.v1', 'orders.placed.v2', ({ total }: { total: number }) => ({
  total: { amountMinor: Math.round(total * 100), currency: 'USD' },
}))
const toV3 = defineUpcast('orders.placed.v2', 'orders.placed.v3', (payload: object) => ({ ...payload, lines: [] }))

test('an old event is read as the newest, step by step', () => {
  const upcaster = createUpcaster(['orders.placed.v3'], [toV3, toV2])
  const read = upcaster.upcast(event('orders.placed.v1', { total: 19.99 }))
  assert.equal(read.type, 'orders.placed.v3')
  assert.deepEqual(read.payload, { total: { amountMinor: 1999, currency: 'USD' }, lines: [] })
})

test('it stops at the type that is asked for', () => {
  const upcaster = createUpcaster(['orders.placed.v2'], [toV2, toV3])
  assert.equal(upcaster.upcast(event('orders.placed.v1', { total: 1 })).type, 'orders.placed.v2')
  assert.equal(upcaster.upcast(event('orders.placed.v2', {})).type, 'orders.placed.v2')
})

test('an old type is wanted only when it leads to one that is', () => {
  const upcaster = createUpcaster(['orders.placed.v2'], [toV2, defineUpcast('x.v1', 'x.v2', (payload) => payload)])
  assert.deepEqual(['orders.placed.v1', 'orders.placed.v2', 'orders.placed.v3', 'x.v1'].map(upcaster.wants), [
    true,
    true,
    false,
    false,
  ])
})

test('upcasts in a circle end', () => {
  const there = defineUpcast('a.v1', 'a.v2', (payload) => payload)
  const back = defineUpcast('a.v2', 'a.v1', (payload) => payload)
  assert.equal(createUpcaster(['b.v1'], [there, back]).wants('a.v1'), false)
})

test('a later version than any that is known is beyond this process; other events are not', () => {
  const upcaster = createUpcaster(
    ['orders.placed.v1', 'x.v4'],
    [toV2, defineUpcast('y.v1', 'y.v2', (payload) => payload)],
  )
  const types = ['orders.placed.v1', 'orders.placed.v2', 'orders.placed.v3', 'x.v3', 'x.v5', 'y.v9', 'unversioned']
  assert.deepEqual(types.filter(upcaster.isBeyond), ['orders.placed.v3', 'x.v5'])
})
