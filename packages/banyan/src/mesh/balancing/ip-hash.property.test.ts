import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSeededRandom } from '../simulated-clock.fixture.ts'
import { createStrategy } from './create-strategy.ts'
import type { Candidate } from './strategy.ts'

const strategy = createStrategy('ip-hash', createSeededRandom(1))
const client = fc.ipV4()
const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}-\d{1,3}$/), { minLength: 2, maxLength: 12 })

function candidate(id: string): Candidate {
  return { id, inFlight: 0, latencyMs: 1, weight: 1 }
}

function placeOf(affinity: string, fleet: readonly string[]): string {
  return strategy.pick(fleet.map(candidate), { affinity }).id
}

test('a client stays where it is, unless its instance leaves or a new one takes it', () => {
  fc.assert(
    fc.property(ids, fc.array(client, { minLength: 1, maxLength: 50 }), (fleet, clients) => {
      const [gone, ...rest] = fleet
      for (const affinity of clients) {
        const before = placeOf(affinity, fleet)
        const after = placeOf(affinity, rest)
        // Read forwards an instance leaves; read backwards a new one comes.
        if (before !== gone) assert.equal(after, before)
        assert.equal(placeOf(affinity, fleet.toReversed()), before, 'the order of the list does not matter')
      }
    }),
    { numRuns: 300 },
  )
})

test('of 10,000 clients one instance of five moves a fifth, and each of the others gets a like part of them', () => {
  const fleet = ['orders-1', 'orders-2', 'orders-3', 'orders-4', 'orders-5']
  const clients = Array.from({ length: 10_000 }, (_, index) => `192.168.${index >> 8}.${index & 255}`)
  const moved = clients.filter((affinity) => placeOf(affinity, fleet) === 'orders-3')
  assert.ok(Math.abs(moved.length - 2_000) < 150, `${moved.length} clients moved`)
  const rest = fleet.filter((id) => id !== 'orders-3')
  for (const id of rest) {
    const gained = moved.filter((affinity) => placeOf(affinity, rest) === id).length
    assert.ok(Math.abs(gained - moved.length / 4) < 80, `${id} gained ${gained} of ${moved.length}`)
  }
})
