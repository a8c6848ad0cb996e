import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeededRandom } from '../simulated-clock.fixture.ts'
import { createStrategy, STRATEGY_NAMES } from './create-strategy.ts'
import type { Candidate, StrategyName } from './strategy.ts'

type Load = { -readonly [Field in keyof Candidate]: Candidate[Field] }

function fleet(count: number, more: Partial<Candidate> = {}): Load[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `orders-${index + 1}`,
    inFlight: 0,
    latencyMs: 5,
    weight: 1,
    ...more,
  }))
}

/** The share of each candidate in `calls` picks from as many clients, of which none ends. */
function shares(name: StrategyName, candidates: readonly Candidate[], calls = 30_000): readonly number[] {
  const strategy = createStrategy(name, createSeededRandom(7))
  const counts = new Map(candidates.map(({ id }) => [id, 0]))
  for (let index = 0; index < calls; index++) {
    const { id } = strategy.pick(candidates, { affinity: `10.0.${index >> 8}.${index & 255}` })
    counts.set(id, counts.get(id)! + 1)
  }
  return [...counts.values()].map((count) => count / calls)
}

function assertShares(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  for (const [index, share] of actual.entries()) {
    const text = `share ${index} is ${share.toFixed(3)}, expected ${expected[index]!.toFixed(3)}`
    assert.ok(Math.abs(share - expected[index]!) <= tolerance, text)
  }
}

for (const name of STRATEGY_NAMES) {
  test(`${name} spreads evenly over equals`, () => {
    assertShares(shares(name, fleet(3)), [1 / 3, 1 / 3, 1 / 3], 0.01)
    assertShares(shares(name, fleet(10)), Array<number>(10).fill(0.1), 0.012)
    assert.deepEqual(shares(name, fleet(1)), [1])
  })
}

test('one that warms up gets a share by its weight', () => {
  const warming = fleet(3)
  warming[2]!.weight = 0.25
  const byWeight = [1 / 2.25, 1 / 2.25, 0.25 / 2.25]
  assertShares(shares('round-robin', warming), byWeight, 0.01)
  assertShares(shares('ip-hash', warming), byWeight, 0.01)
})

test('least-connections picks the one with the fewest calls under way, by weight', () => {
  const candidates = fleet(3)
  Object.assign(candidates[0]!, { inFlight: 4 })
  Object.assign(candidates[1]!, { inFlight: 2 })
  Object.assign(candidates[2]!, { inFlight: 1, weight: 0.5 })
  assertShares(shares('least-connections', candidates), [0, 1, 0], 0)
})

test('p2c-ewma never picks the worst of all, and prefers a fast one as far as two draws allow', () => {
  const candidates = fleet(3)
  candidates[0]!.latencyMs = 50
  // The pair without the slow one comes up in one of three draws and is even; the fast ones win the other two.
  assertShares(shares('p2c-ewma', candidates), [0, 0.5, 0.5], 0.01)
  candidates[1]!.inFlight = 3
  assertShares(shares('p2c-ewma', candidates), [0, 1 / 3, 2 / 3], 0.01)
})

test('without a known client ip-hash spreads like p2c-ewma', () => {
  const strategy = createStrategy('ip-hash', createSeededRandom(1))
  const picked = new Set(Array.from({ length: 100 }, () => strategy.pick(fleet(3), {}).id))
  assert.equal(picked.size, 3)
})
