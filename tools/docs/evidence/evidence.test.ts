import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { plant } from '../../walls/planted.ts'
import { readCampaigns, rowsChecked } from './campaigns.ts'
import { CLAIMS } from './claims.ts'
import { boundOf, describeEvidence, PAGE } from './evidence.ts'
import { countPropertyRuns } from './property-runs.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

describe('the evidence of the guarantees', () => {
  test('every invariant of the page is claimed, or named as not shown', () => {
    const page = readFileSync(join(ROOT, PAGE), 'utf8')
    const invariants = [...page.slice(0, page.indexOf('## How')).matchAll(/^\| (I\d+) \|/gm)].map((match) => match[1]!)
    assert.ok(invariants.length > 20, `only ${invariants.length} invariants`)
    const claimed = new Set(CLAIMS.flatMap((claim) => claim.invariants))
    const notShown = /Not shown yet: ([^\n]+)/.exec(page)?.[1] ?? ''
    const silent = invariants.filter((one) => !claimed.has(one) && !new RegExp(`\\b${one}\\b`).test(notShown))
    assert.deepEqual(silent, [])
    assert.deepEqual(
      [...claimed].filter((one) => !invariants.includes(one)),
      [],
    )
  })

  test('the rule of three', () => {
    assert.deepEqual([boundOf(0), boundOf(100), boundOf(50_000)], ['–', 'p < 3.0·10⁻²', 'p < 6.0·10⁻⁵'])
  })

  test('histories are counted as the tests say, 100 where they say nothing', () => {
    const text = 'fc.assert(p)\n fc.assert(p, { numRuns: 20_000 })\n await simulate(t, { name, runs: 300, property })'
    assert.equal(countPropertyRuns(text), 20_400)
  })

  test('a campaign that failed counts for nothing, and what was not checked neither', () => {
    const audit = [
      { invariant: 'I2', verdict: 'holds', checked: 7 },
      { invariant: 'I6', verdict: 'not-checked', checked: 9 },
    ]
    const report = (passed: boolean) => JSON.stringify({ orders: 10, passed, audit })
    using tree = plant({
      'chaos/reports/a.json': report(true),
      'chaos/reports/b.json': report(false),
      'chaos/reports/planted-bugs.json': '{}',
    })
    const campaigns = readCampaigns(tree.root)
    assert.equal(campaigns.length, 2)
    assert.deepEqual([rowsChecked(campaigns, 'I2'), rowsChecked(campaigns, 'I6')], [7, 0])
  })

  test('a page without the marks is refused', async () => {
    using tree = plant({ [PAGE]: '# Guarantees\n' })
    await assert.rejects(describeEvidence(tree.root), /lacks the lines/)
  })
})
