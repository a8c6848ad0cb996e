import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeededRandom } from '../core/index.ts'
import { sampleOf } from './sample.ts'

const items = Array.from({ length: 1_003 }, (_, index) => index)

test('few are taken as they are', () => {
  assert.deepEqual(sampleOf(items, createSeededRandom(1), 1_003), items)
})

test('of many so many are taken, none twice, from every part', () => {
  const sample = sampleOf(items, createSeededRandom(1), 100)
  assert.equal(new Set(sample).size, 100)
  const gaps = sample.slice(1).map((item, index) => item - sample[index]!)
  assert.ok(Math.max(...gaps) <= 11 && Math.min(...gaps) >= 10, String(gaps))
  assert.ok(sample[0]! < 11 && sample.at(-1)! >= 1_003 - 11)
})

test('samples together see everything', () => {
  const random = createSeededRandom(2)
  const seen = new Set(Array.from({ length: 200 }, () => sampleOf(items, random, 100)).flat())
  assert.equal(seen.size, items.length)
})
