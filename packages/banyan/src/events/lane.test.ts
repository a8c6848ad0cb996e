import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LANES, laneOf } from './index.ts'

test('lanes are fixed for ever: positions are stored by lane', () => {
  assert.deepEqual(['', 'a', 'ord_42_0123456789abcdef', '17', 'é'].map(laneOf), [5, 4, 0, 1, 4])
})

test('aggregates spread over all lanes', () => {
  const counts = Array.from({ length: LANES }, () => 0)
  for (let user = 1; user <= 8_000; user++) counts[laneOf(`ord_${user}_0123456789abcdef`)]!++
  assert.ok(Math.min(...counts) > 800 && Math.max(...counts) < 1_200, counts.join())
})
