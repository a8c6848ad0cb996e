import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { restMs } from './pace.ts'

const limits = { maxEvents: 500, minIntervalMs: 20, maxIntervalMs: 100 }

describe('the pace of a consumer', () => {
  test('quick batches follow each other at the shortest interval', () => {
    assert.equal(restMs({ tookMs: 2, sizes: [10] }, limits), 18)
  })

  test('a slow batch is paid for with a rest of three times its time, as long as that is less than 0.6 ms an event', () => {
    assert.equal(restMs({ tookMs: 8, sizes: [60] }, limits), 24)
    assert.equal(restMs({ tookMs: 10, sizes: [60] }, limits), 26)
    assert.equal(restMs({ tookMs: 10, sizes: [10] }, limits), 10)
    assert.equal(restMs({ tookMs: 40, sizes: [10] }, limits), 0)
    assert.equal(restMs({ tookMs: 400, sizes: [10] }, limits), 0)
  })

  test('many events make the interval longer, over all logs of the batch', () => {
    assert.equal(restMs({ tookMs: 5, sizes: [120, 120] }, limits), 55)
    assert.equal(restMs({ tookMs: 5, sizes: [300, 300] }, limits), 95)
  })

  test('at a steady rate it settles at the shortest below 4,000 events a second and at the longest above', () => {
    assert.equal(settled(3_900), 20)
    assert.equal(settled(4_100), 100)
  })

  test('slow batches settle at the shortest below 1,700 events a second and rest in full above', () => {
    assert.equal(settled(1_000, 15), 20)
    assert.equal(settled(1_600, 15), 20)
    assert.equal(settled(1_800, 15), 60)
  })

  test('a consumer that is behind does not rest', () => {
    assert.equal(restMs({ tookMs: 5, sizes: [500, 3] }, limits), 0)
  })

  test('a definition that gathers longer than the longest interval does', () => {
    assert.equal(restMs({ tookMs: 5, sizes: [10] }, { ...limits, minIntervalMs: 200 }), 195)
  })
})

/** The interval after a while of this many events a second in batches that take so long, milliseconds. */
function settled(perSecond: number, tookMs = 2): number {
  let intervalMs = 50
  for (let batch = 0; batch < 200; batch++) {
    const size = (perSecond * intervalMs) / 1_000
    intervalMs = tookMs + restMs({ tookMs, sizes: [size] }, limits)
  }
  return intervalMs
}
