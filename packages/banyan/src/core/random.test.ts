import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from './random.ts'

test('no bytes are handed out twice, however the stock is drawn on', () => {
  const seen = new Set<string>()
  for (let draw = 0; draw < 5_000; draw++) seen.add(systemRandom.bytes(8 + (draw % 25)).toString('hex'))
  assert.equal(seen.size, 5_000)
})

test('as many bytes as were asked for, also beyond the stock', () => {
  for (const count of [0, 1, 16, 1_024, 1_025, 10_000]) assert.equal(systemRandom.bytes(count).length, count)
})

test('what was handed out does not change with later draws', () => {
  const first = systemRandom.bytes(16)
  const copy = first.toString('hex')
  for (let draw = 0; draw < 1_000; draw++) systemRandom.bytes(16)
  assert.equal(first.toString('hex'), copy)
})
