import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTimeline, parseTimeline, type TimelineEntry } from './timeline.ts'

function entry(ms: number, more: Partial<TimelineEntry>): TimelineEntry {
  const at = new Date(1_700_000_000_000 + ms).toISOString()
  return { at, step: 'charge', kind: 'ran', attempt: 1, fence: 1, process: 'one', ...more }
}

test('a timeline comes back as it was written, whatever was left out of it', () => {
  const entries = [entry(1, { kind: 'failed', ms: 4, code: 'api.UNAVAILABLE' }), entry(2, { attempt: 2, fence: 3 })]
  assert.deepEqual(parseTimeline(formatTimeline(entries)), entries)
  assert.deepEqual(parseTimeline(''), [])
})

test('a part that was written after the end of its saga stands where it belongs', () => {
  const [early, late] = [[entry(1, { step: 'reserve' }), entry(2, { kind: 'failed' })], [entry(9, { attempt: 2 })]]
  assert.deepEqual(parseTimeline(formatTimeline(late) + formatTimeline(early)), [...early, ...late])
})
