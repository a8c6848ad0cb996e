import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createFrontier, parsePositions } from './frontier.ts'

describe('a frontier', () => {
  test('keeps the highest of each log and never goes back', () => {
    const frontier = createFrontier()
    assert.deepEqual([frontier.positions(), frontier.text()], [{}, ''])
    frontier.raise({ 'orders/0/1': 7, 'payments/0/1': 2 })
    frontier.raise({ 'orders/0/1': 5, 'payments/0/1': 3 })
    assert.deepEqual(frontier.positions(), { 'orders/0/1': 7, 'payments/0/1': 3 })
    assert.deepEqual(JSON.parse(frontier.text()), frontier.positions())
  })

  test('writes its text once for each change', () => {
    const frontier = createFrontier()
    frontier.raise({ 'orders/0/1': 7 })
    const positions = frontier.positions()
    frontier.raise({ 'orders/0/1': 7 })
    assert.equal(frontier.positions(), positions)
    frontier.raise({ 'orders/0/1': 8 })
    assert.equal(frontier.text(), '{"orders/0/1":8}')
  })

  test('is bounded: the log that has been quiet for longest is forgotten', () => {
    const frontier = createFrontier()
    for (let shard = 0; shard < 100; shard++) frontier.raise({ [`orders/${shard}/1`]: 1, 'users/0/1': shard + 1 })
    const logs = Object.keys(frontier.positions())
    assert.equal(logs.length, 64)
    assert.deepEqual(logs.slice(-2), ['orders/99/1', 'users/0/1'])
  })
})

describe('positions that another process wrote', () => {
  test('are taken as they are', () => assert.deepEqual(parsePositions('{"orders/0/1":7}'), { 'orders/0/1': 7 }))
  const bad = ['', 'x', '[]', 'null', '{"orders":1}', '{"orders/0/1":"1"}', '{"orders/0/1":1.5}', '{"orders/0/1":-1}']
  for (const text of [...bad, `{"orders/0/1":1${' '.repeat(5_000)}}`]) {
    test(`${text.slice(0, 30)} is none`, () => assert.equal(parsePositions(text), null))
  }
})
