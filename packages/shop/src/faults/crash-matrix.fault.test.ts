import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CRASH_ROWS } from './testing/crash-matrix/rows.ts'
import { runMatrix } from './testing/crash-matrix/run-matrix.ts'

/** A slice of what `npm run chaos:crashes` does at every point: a commit nobody has heard of, a charge nobody has recorded, a drain. */
const SLICE = ['command.committed(orders.placeOrder)', 'effect.performed(payments.charge)', 'drain.sagas-stopped']

test('a process dies at a fault point, goes on, and each order ends as it must', async () => {
  const rows = CRASH_ROWS.filter(({ faults }) => SLICE.some((point) => faults.startsWith(point)))
  assert.equal(rows.length, SLICE.length)
  const outcomes = await runMatrix({ topology: 'monolith', rows })
  for (const { point, died, faults } of outcomes) assert.deepEqual([died, faults], ['trunk', []], point)
})
