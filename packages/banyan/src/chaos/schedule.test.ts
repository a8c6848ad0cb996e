import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planFaults, type PlannedFault } from './schedule.ts'

const faults = { process: 6, database: 3, pause: 1 }

test('the same seed makes the same schedule, another one another', () => {
  assert.deepEqual(
    tell(planFaults({ seed: 7, visits: 1_000, faults })),
    tell(planFaults({ seed: 7, visits: 1_000, faults })),
  )
  assert.notDeepEqual(
    tell(planFaults({ seed: 7, visits: 1_000, faults })),
    tell(planFaults({ seed: 8, visits: 1_000, faults })),
  )
})

test('every fault that was asked for is in it, spread over the visits with some after the last', () => {
  const planned = planFaults({ seed: 1, visits: 1_000, faults })
  const kinds = Map.groupBy(planned, ({ kind }) => kind)
  assert.deepEqual(Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length])), faults)
  const moments = planned.map(({ afterVisits }) => afterVisits)
  assert.deepEqual(
    moments,
    moments.toSorted((a, b) => a - b),
  )
  assert.ok(moments[0]! > 0 && moments.at(-1)! < 900, moments.join())
})

/** With what its random numbers will decide. */
function tell(planned: readonly PlannedFault[]) {
  return planned.map(({ random, ...fault }) => ({ ...fault, draws: [random.unit(), random.unit()] }))
}
