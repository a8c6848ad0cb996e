import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { CURES, curesOf } from './audit-cures.ts'

/** Of these no audit looks: goodput after faults, and the same state in every topology. */
const NOT_AUDITED = ['I19', 'I20']

test('every invariant that is audited says whether --repair mends it, and what to do', async () => {
  const page = await readFile(new URL('../../../../docs/guarantees.md', import.meta.url), 'utf8')
  const [promises] = page.split('<!-- evidence')
  const named = [...promises!.matchAll(/^\| (I\d+) \|/gm)].map(([, invariant]) => invariant!)
  assert.deepEqual(
    Object.keys(CURES),
    named.filter((invariant) => !NOT_AUDITED.includes(invariant)),
  )
  assert.ok(named.length > 20)
})

test('only what is broken is told, also what a service has added', () => {
  const finding = { checked: 1, rows: [] }
  const told = curesOf([
    { ...finding, invariant: 'I4', verdict: 'broken' },
    { ...finding, invariant: 'I10', verdict: 'holds' },
    { ...finding, invariant: 'I11', verdict: 'not-checked' },
    { ...finding, invariant: 'I17', verdict: 'broken' },
    { ...finding, invariant: 'gift-cards.numbered', verdict: 'broken' },
  ])
  assert.equal(told.length, 3)
  assert.match(told[0]!, /^I4 cannot be repaired by a command: Count the shelf/)
  assert.match(told[1]!, /^I17 may be repaired: --repair replays dead letters/)
  assert.match(told[2]!, /^gift-cards\.numbered cannot be repaired by a command: /)
})
