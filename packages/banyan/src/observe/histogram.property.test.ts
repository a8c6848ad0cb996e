import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createHistogram } from './histogram.ts'

// 1 µs to an hour, in milliseconds.
const durationMs = fc.double({ min: 0.001, max: 3_600_000, noNaN: true })

test('a quantile is off by at most a bucket (25 % upwards), whatever was observed', () => {
  fc.assert(
    fc.property(
      fc.array(durationMs, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.99, 1),
      (values, q) => {
        const histogram = createHistogram('milliseconds')
        values.forEach((value) => histogram.observe(value))
        const exact = [...values].sort((a, b) => a - b)[Math.ceil(values.length * q) - 1]!
        const estimate = histogram.quantile(q)
        assert.ok(estimate > exact / 1.26 && estimate < exact * 1.26, `${estimate} for ${exact}`)
      },
    ),
  )
})

test('nothing observed is lost: counts and buckets agree, also for NaN, negatives and infinity', () => {
  const anything = fc.oneof(durationMs, fc.constantFrom(Number.NaN, -1, 0, Infinity, Number.MAX_VALUE))
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 100 }), (values) => {
      const histogram = createHistogram('count')
      values.forEach((value) => histogram.observe(value))
      const steps = histogram.cumulative().map((step) => step.count)
      assert.equal(histogram.count, values.length)
      assert.deepEqual(
        [...steps].sort((a, b) => a - b),
        steps,
      )
      assert.equal(steps[0], values.filter((value) => !(value >= 1)).length)
    }),
  )
})
