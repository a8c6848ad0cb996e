import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareWithTold } from './workload.ts'

test('a campaign complains of what was lost, moved, doubled or never asked for, and of nothing else', () => {
  const told = new Map([
    ['kept', 1],
    ['doubled', 2],
    ['moved', 4],
    ['lost', 5],
  ])
  const entries = [
    { number: 1, text: 'kept' },
    { number: 2, text: 'doubled' },
    { number: 3, text: 'doubled' },
    { number: 6, text: 'moved' },
    { number: 7, text: 'unasked' },
  ]
  assert.deepEqual(
    compareWithTold(entries, told).map((complaint) => complaint.slice(0, complaint.lastIndexOf("'") + 1)),
    ["I6: 'moved'", "I6: 'lost'", "I7: 'doubled'", "I7: 'unasked'"],
  )
})
