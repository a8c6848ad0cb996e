import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRecent } from './recent.ts'

test('keeps the entries used last, as many as it may', () => {
  const recent = createRecent<{ n: number }>(3)
  for (const n of [1, 2, 3]) recent.set(`k${n}`, { n })
  recent.get('k1')
  recent.set('k4', { n: 4 })
  assert.deepEqual([...recent.keys()].toSorted(), ['k1', 'k3', 'k4'])
})

test('sets aside no memory for entries that it does not have', () => {
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const many = Array.from({ length: 100 }, () => createRecent(50_000))
  const usedMb = (process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before) / 1e6
  assert.ok(usedMb < 5, `${usedMb.toFixed(1)} MB for ${many.length} empty ones; with \`max\` it was 100`)
})
