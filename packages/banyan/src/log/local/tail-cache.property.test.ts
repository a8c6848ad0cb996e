import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StoredEvent } from '../event.ts'
import { createTailCache } from './tail-cache.ts'

const stored = (position: number) => ({ position }) as StoredEvent

test('whatever is stored and dropped: what it finds is what the table holds', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 60 })
  const reads = fc.array(fc.record({ after: fc.nat(150), limit: fc.integer({ min: 1, max: 9 }) }), { maxLength: 60 })
  fc.assert(
    fc.property(gaps, reads, fc.integer({ min: 2, max: 12 }), (steps, asked, maxEvents) => {
      const cache = createTailCache(maxEvents)
      let position = 0
      const table = steps.map((step) => (position += step))
      for (const { after, limit } of asked) {
        const truth = table.filter((at) => at > after).slice(0, limit)
        const known = cache.find(after, limit)
        const found = known?.events.map((event) => event.position) ?? []
        assert.deepEqual(found, truth.slice(0, found.length))
        if (known && found.length < limit) assert.equal(truth.filter((at) => at <= known.to).length, found.length)
        cache.store(after, truth.at(-1) ?? position, truth.map(stored))
      }
    }),
  )
})

test('at the tail, readers are served from memory', () => {
  const cache = createTailCache(10)
  cache.store(0, 2, [stored(1), stored(2)])
  cache.store(2, 5, [stored(4)])
  assert.deepEqual(cache.find(1, 10), { events: [stored(2), stored(4)], to: 5 })
  assert.deepEqual(cache.find(5, 10), { events: [], to: 5 })
  assert.equal(cache.find(6, 10), null)
  cache.clear()
  assert.equal(cache.find(1, 10), null)
})
