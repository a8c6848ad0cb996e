import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSimulatedClock } from '../simulated-clock.fixture.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { createRetryBudget } from './retry-budget.ts'

const policy = DEFAULT_POLICY.retry
const step = fc.record({
  waitMs: fc.constantFrom(0, 0, 1, 5, 40, 400),
  calls: fc.nat(30),
  ends: fc.nat(30),
  takes: fc.nat(20),
  gives: fc.nat(20),
})

test('in any order of calls and retries, retries stay within their share of the calls, or the floor', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const clock = createSimulatedClock()
      const budget = createRetryBudget(policy, clock)
      const count = { calls: 0, begun: 0, retrying: 0, retried: 0 }
      for (const { waitMs, calls, ends, takes, gives } of steps) {
        await clock.advance(waitMs)
        for (let index = 0; index < calls; index++) budget.enter()
        count.calls += calls
        count.begun += calls
        for (let index = 0; index < takes && count.retrying < count.calls; index++) {
          if (!budget.take()) break
          count.retrying++
          count.retried++
          const bound = Math.max(policy.budgetFloor, policy.budgetRatio * (count.calls - count.retrying + 1))
          assert.ok(count.retrying <= bound, `${count.retrying} retries beside ${count.calls} calls`)
        }
        const given = Math.min(gives, count.retrying)
        for (let index = 0; index < given; index++) budget.give()
        count.retrying -= given
        const ended = Math.min(ends, count.calls - count.retrying)
        for (let index = 0; index < ended; index++) budget.leave()
        count.calls -= ended
        const floor = policy.budgetFloor * (2 + clock.monotonicMs() / 1_000)
        const bound = policy.budgetRatio * count.begun + floor
        assert.ok(count.retried <= bound, `${count.retried} retries of ${count.begun} calls, at most ${bound}`)
      }
    }),
    { numRuns: 300 },
  )
})
