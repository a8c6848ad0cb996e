import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Run } from './attempts-store.ts'
import { planRun } from './plan.ts'

const MAX_BATCH = 64

/** Applies planned runs until the end; a run fails when it holds a guilty event, and a guilty one alone is buried. */
function simulate(events: readonly number[], guilty: ReadonlySet<number>) {
  let after = 0
  let lastRun: Run | null = null
  let runs = 0
  const buried: number[] = []
  for (;;) {
    const pending = events.filter((position) => position > after).slice(0, MAX_BATCH)
    if (pending.length === 0) return { buried, runs }
    const plan = planRun(after, pending, lastRun)
    const batch = pending.slice(0, plan.count)
    assert.equal(plan.run.last, batch.at(-1), 'the run ends where the batch ends')
    lastRun = plan.run
    runs++
    const fails = batch.some((position) => guilty.has(position))
    if (fails && batch.length > 1) continue
    if (fails) buried.push(batch[0]!)
    after = plan.run.last
  }
}

const log = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 200 })

test('exactly the guilty events are found, in a logarithmic number of runs each', () => {
  fc.assert(
    fc.property(log, fc.array(fc.nat(), { maxLength: 6 }), (positions, picks) => {
      const events = positions.toSorted((a, b) => a - b)
      const guilty = new Set(picks.map((pick) => events[pick % events.length]!))
      const { buried, runs } = simulate(events, guilty)
      assert.deepEqual(
        buried,
        [...guilty].toSorted((a, b) => a - b),
      )
      const healthy = Math.ceil(events.length / MAX_BATCH)
      assert.ok(runs <= healthy + guilty.size * (2 + 2 * Math.ceil(Math.log2(MAX_BATCH))), `${runs} runs`)
    }),
  )
})

test('without a failure everything pending is one run', () => {
  assert.deepEqual(planRun(3, [4, 5, 9], null), { count: 3, run: { after: 3, last: 9, suspect: 9 } })
  assert.equal(planRun(9, [10, 11], { after: 3, last: 9, suspect: 9 }).count, 2)
})

test('a run that failed is halved; a half that succeeded leaves the suspicion on the rest', () => {
  const failed: Run = { after: 0, last: 8, suspect: 8 }
  const half = planRun(0, [1, 2, 3, 4, 5, 6, 7, 8, 9], failed)
  assert.deepEqual(half, { count: 4, run: { after: 0, last: 4, suspect: 8 } })
  const rest = planRun(4, [5, 6, 7, 8, 9], half.run)
  assert.deepEqual(rest, { count: 2, run: { after: 4, last: 6, suspect: 8 } })
})
