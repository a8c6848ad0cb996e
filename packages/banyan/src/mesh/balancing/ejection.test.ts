import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_POLICY } from '../resilience/policy.ts'
import { maxEjected, nextStanding, TRUSTED, type Standing } from './ejection.ts'
import type { Verdict } from './verdict.ts'

const policy = DEFAULT_POLICY.ejection

function after(standing: Standing, verdicts: readonly Verdict[], at: { nowMs: number; mayEject?: boolean }): Standing {
  const { nowMs, mayEject = true } = at
  return verdicts.reduce(
    (now, verdict) => nextStanding(policy, now, { kind: 'verdict', verdict, mayEject, nowMs }),
    standing,
  )
}

const FIVE: readonly Verdict[] = ['fails', 'lost', 'unreached', 'fails', 'fails']

test('five failures in a row eject, each time for longer; an answer between begins the count anew', () => {
  assert.equal(after(TRUSTED, FIVE.slice(1), { nowMs: 0 }).kind, 'trusted')
  assert.equal(after(TRUSTED, [...FIVE.slice(1), 'works', ...FIVE.slice(1)], { nowMs: 0 }).kind, 'trusted')
  const first = after(TRUSTED, FIVE, { nowMs: 1_000 })
  assert.deepEqual(first, { kind: 'ejected', cause: 'fails', ejections: 1, untilMs: 31_000 })
  const back = nextStanding(policy, first, { kind: 'time', nowMs: 31_000 })
  assert.deepEqual(back, { kind: 'trusted', failures: 4, ejections: 1, sinceMs: 31_000 })
  const again = after(back, ['fails'], { nowMs: 31_001 })
  assert.deepEqual(again, { kind: 'ejected', cause: 'fails', ejections: 2, untilMs: 91_001 })
})

test('being full, or a caller that gave up, ejects nobody and forgives nothing', () => {
  const mixed = FIVE.flatMap((verdict) => [verdict, 'full', 'unknown'] as const)
  assert.equal(after(TRUSTED, Array<Verdict>(50).fill('full'), { nowMs: 0 }), TRUSTED)
  assert.equal(after(TRUSTED, mixed, { nowMs: 0 }).kind, 'ejected')
})

test('one that may not be ejected is as soon as it may', () => {
  const kept = after(TRUSTED, [...FIVE, ...FIVE], { nowMs: 0, mayEject: false })
  assert.equal(kept.kind, 'trusted')
  assert.equal(after(kept, ['fails'], { nowMs: 0 }).kind, 'ejected')
})

test('a probe brings back whom connections made suspect, not whose answers did', () => {
  const lost = after(TRUSTED, Array<Verdict>(5).fill('lost'), { nowMs: 0 })
  const failing = after(TRUSTED, Array<Verdict>(5).fill('fails'), { nowMs: 0 })
  assert.equal(nextStanding(policy, lost, { kind: 'probe-passed', nowMs: 100 }).kind, 'trusted')
  assert.equal(nextStanding(policy, failing, { kind: 'probe-passed', nowMs: 100 }), failing)
})

test('ejections are forgotten one by one in good standing', () => {
  const twice: Standing = { kind: 'trusted', failures: 4, ejections: 2, sinceMs: 0 }
  assert.deepEqual(after(twice, ['works'], { nowMs: 59_999 }), { ...twice, failures: 0 })
  const once = after(twice, ['works'], { nowMs: 60_000 })
  assert.deepEqual(once, { kind: 'trusted', failures: 0, ejections: 1, sinceMs: 60_000 })
  assert.equal((after(once, ['works'], { nowMs: 90_000 }) as { ejections: number }).ejections, 0)
})

test('half of the instances may be out at once, but always one', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 9].map((members) => maxEjected(policy, members)),
    [1, 1, 1, 2, 4],
  )
})
