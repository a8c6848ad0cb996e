import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { inCausalOrder, type StoryRecord } from './causal-order.ts'
import type { StoryEntry } from './schemas.ts'

const SOURCES = ['payment', 'saga', 'saga', 'event'] as const
const WHATS: readonly (readonly string[])[] = [
  ['charge captured', 'refund failed', 'refund succeeded'],
  [
    'checkout: began',
    'checkout: reserve ran',
    'checkout: charge failed',
    'checkout: charge ran',
    'checkout: completed',
  ],
  ['cancel: began', 'cancel: refund ran', 'cancel: release ran', 'cancel: completed'],
  ['orders.order-placed.v1', 'orders.order-confirmed.v1', 'orders.order-cancelling.v1', 'orders.order-cancelled.v1'],
]

/** What truly happened, in order; the two refunds are one cause. */
const TRUTH = [
  'orders.order-placed.v1',
  'checkout: began',
  'checkout: reserve ran',
  'charge captured',
  'checkout: charge ran',
  'orders.order-confirmed.v1',
  'checkout: completed',
  'orders.order-cancelling.v1',
  'cancel: began',
  'refund failed',
  'cancel: refund ran',
  'cancel: release ran',
  'orders.order-cancelled.v1',
  'cancel: completed',
]

/** True times, 10 ms apart; each record's clock is off by its own number of milliseconds. */
function recordsBehind(offsMs: readonly number[]): StoryRecord[] {
  return WHATS.map((whats, record) =>
    whats
      .filter((what) => TRUTH.includes(what))
      .map((what) => entry(SOURCES[record]!, what, TRUTH.indexOf(what) * 10 + offsMs[record]!)),
  )
}

function entry(source: StoryEntry['source'], what: string, atMs: number): StoryEntry {
  return { at: new Date(1_700_000_000_000 + atMs).toISOString(), source, what, details: {} }
}

describe('the causal order of a story', () => {
  test('however early the clocks of its sagas are, and late that of the payments, no effect is told before its cause', () => {
    const early = fc.integer({ min: -5_000, max: 0 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), early, early, (payments, checkout, cancel) => {
        const told = inCausalOrder(recordsBehind([payments, checkout, cancel, 0])).map(({ what }) => what)
        assert.deepEqual(told, TRUTH)
      }),
    )
  })

  test('whatever is recorded: each entry is told once, in the order of its record, and by time where nothing else decides', () => {
    const names = fc.constantFrom(...WHATS.flat())
    const line = fc.record({ name: names, atMs: fc.integer({ min: 0, max: 50 }), source: fc.constantFrom(...SOURCES) })
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 8 }), { maxLength: 5 }), (lines) => {
        const records = lines.map((ones) => ones.map(({ name, atMs, source }) => entry(source, name, atMs)))
        const told = inCausalOrder(records)
        assert.equal(told.length, records.flat().length)
        for (const record of records)
          assert.deepEqual(
            told.filter((one) => record.includes(one)),
            record,
          )
      }),
    )
    const unrelated = [40, 10, 30].map((atMs) => [entry('saga', 'cancel: release ran', atMs)])
    assert.deepEqual(inCausalOrder(unrelated), [unrelated[1]![0], unrelated[2]![0], unrelated[0]![0]])
  })

  test('a second refund, long after, keeps nothing back', () => {
    const payments = [entry('payment', 'refund succeeded', 5), entry('payment', 'refund succeeded', 9_000)]
    const saga = [entry('saga', 'cancel: refund ran', 4), entry('saga', 'cancel: release ran', 20)]
    assert.deepEqual(inCausalOrder([payments, saga]), [payments[0], ...saga, payments[1]])
  })
})
