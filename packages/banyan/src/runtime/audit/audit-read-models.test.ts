import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from './audit-read-models.ts'

test('one row that differs is told as one, and all are named that there is room for', () => {
  const [one, other] = ['id "b": live {"total": 7}, rebuilt {"total": 2}', 'id "c": live {"total": 1}, rebuilt nothing']
  assert.deepEqual(faultOf('orders.totals', { differences: 0, examples: [] }), [])
  assert.deepEqual(faultOf('orders.totals', { differences: 1, examples: [one] }), [
    `orders.totals: 1 row differs: ${one}`,
  ])
  const two = { differences: 2, examples: [one, other] }
  assert.deepEqual(faultOf('orders.totals', two), [`orders.totals: 2 rows differ: ${one}; ${other}`])
  const [many] = faultOf('orders.totals', { ...two, differences: 3 })
  assert.equal(many, `orders.totals: 3 rows differ, e.g. ${one}; ${other}`)
})
