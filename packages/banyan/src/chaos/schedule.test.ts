import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planFaults, type PlannedFault } from './schedule.ts'

const faults = { process: 6, database: 3, pause: 1 }

test('the same seed makes the same schedule, another one another', () => {
  assert.deepEqual(
    tell(planFaults({ seed: 7, visits: 1_000, atOnce: 32, faults })),
    tell(planFaults({ seed: 7, visits: 1_000, atOnce: 32, faults })),
  )
  assert.notDeepEqual(
    tell(planFaults({ seed: 7, visits: 1_000, atOnce: 32, faults })),
    tell(planFaults({ seed: 8, visits: 1_000, atOnce: 32, faults })),
  )
})

test('every fault that was asked for is in it, spread over the visits with some after the last', () => {
  const planned = planFaults({ seed: 1, visits: 1_000, atOnce: 32, faults })
  const kinds = Map.groupBy(planned, ({ kind }) => kind)
  assert.deepEqual(Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length])), faults)
  const moments = planned.map(({ afterVisits }) => afterVisits)
  assert.deepEqual(
    moments,
    moments.toSorted((a, b) => a - b),
  )
  assert.ok(moments[0]! > 0 && moments.at(-1)! < 900, moments.join())
})

test('visits wait for a fault, so that the next one meets some and some follow the last', () => {
  const waitAt = (visits: number, atOnce: number) =>
    planFaults({ seed: 1, visits, atOnce, faults: { process: 4 } }).map(({ visitsUntilHealed }) => visitsUntilHealed)
  assert.deepEqual(waitAt(200, 32), [84, 124, 164, 180])
  assert.deepEqual(waitAt(10_000, 32), [3_000, 5_000, 7_000, 9_000])
  assert.deepEqual(waitAt(500, 500), [500, 500, 500, 500], 'a rush is one')
})

/** With what its random numbers will decide. */
function tell(planned: readonly PlannedFault[]) {
  return planned.map(({ random, ...fault }) => ({ ...fault, draws: [random.unit(), random.unit()] }))
}
