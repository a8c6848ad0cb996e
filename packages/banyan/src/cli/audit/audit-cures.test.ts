import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { adviceOf, CURES, curesOf } from './audit-cures.ts'
import { MEANINGS, SHOWN_BY_TESTS, untoldLine } from './audit-meanings.ts'

test('every invariant has a meaning, and one that is audited says whether --repair mends it, and what to do', async () => {
  const page = await readFile(new URL('../../../../../docs/guarantees.md', import.meta.url), 'utf8')
  const [promises] = page.split('<!-- evidence')
  const named = [...promises!.matchAll(/^\| (I\d+) \|/gm)].map(([, invariant]) => invariant!)
  assert.deepEqual(
    Object.keys(CURES),
    named.filter((invariant) => !(SHOWN_BY_TESTS as readonly string[]).includes(invariant)),
  )
  assert.deepEqual(Object.keys(MEANINGS), named)
  assert.ok(Object.values(MEANINGS).every((meaning) => meaning.length <= 32))
  assert.match(untoldLine(), /I19 \(goodput .*I20 \(same state/)
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
  assert.match(told[0]!, /^I4 is mended by hand: Count the shelf/)
  assert.match(told[1]!, /^I17 may be repaired: --repair replays dead letters/)
  assert.match(told[2]!, /^gift-cards\.numbered is mended by hand: /)
})

test('before all else it is said that the app does not run, where something is broken', () => {
  const holds = { invariant: 'I1', verdict: 'holds', checked: 1, rows: [] } as const
  const broken = { ...holds, verdict: 'broken' } as const
  assert.deepEqual(adviceOf([holds], false), [])
  assert.deepEqual(adviceOf([broken], true), curesOf([broken]))
  const [first, ...cures] = adviceOf([broken], false)
  assert.match(first!, /^The app does not run, .* Start it, and audit again after a minute, before you do anything/s)
  assert.deepEqual(cures, curesOf([broken]))
})

test('what a command repairs is told as that command, with the names of the rows, one line a name', () => {
  const broken = { verdict: 'broken', checked: 1 } as const
  const told = curesOf([
    { ...broken, invariant: 'I9', rows: ['orders: orders.order-history at orders/0/1 position 4: 4 published, but …'] },
    {
      ...broken,
      invariant: 'I10',
      rows: ['orders.order-history: 1 row differs: …', 'gifts.sums: 2 rows differ, e.g. …'],
    },
  ])
  assert.deepEqual(
    told.map((line) => line.split('`').slice(0, 2)),
    [
      ['I9 is repaired by a command: ', 'banyan projections rebuild orders.order-history'],
      ['I10 is repaired by a command: ', 'banyan projections rebuild orders.order-history'],
      ['I10 is repaired by a command: ', 'banyan projections rebuild gifts.sums'],
    ],
  )
  assert.match(curesOf([{ ...broken, invariant: 'I10', rows: [] }])[0]!, /rebuild NAME`/)
})
