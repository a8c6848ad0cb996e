import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectedFault } from './inject.ts'
import { drawReport } from './picture.ts'
import { createReport, type ChaosReport } from './report.ts'
import type { ChaosResult } from './run.ts'

const hit: InjectedFault = { kind: 'process', atS: 1, afterVisits: 10, inFlight: 4, proof: 'trunk 1 → 2', downMs: 900 }

test('a run in which everything planned happened and nothing was found passes', () => {
  const report = judge({})
  assert.deepEqual([report.passed, report.violations, report.complaints], [true, 0, []])
  assert.deepEqual(report.faults, { process: 2 })
})

test('a fault without proof, or without work under way, does not count', () => {
  for (const weak of [
    { ...hit, proof: null },
    { ...hit, inFlight: 0 },
  ]) {
    const report = judge({ faults: [hit, weak] })
    assert.deepEqual(report.complaints, ["only 1 of 2 faults of kind 'process' happened and met work"])
    assert.deepEqual([report.passed, report.violations], [false, 0])
  }
})

test('a run in which little succeeded, or nothing after the last fault, shows nothing', () => {
  assert.deepEqual(judge({ succeeded: 29, succeededBefore: 20 }).complaints, ['only 29 % of the visits succeeded'])
  assert.deepEqual(judge({ succeededBefore: 80 }).complaints, ['nothing succeeded after the last fault'])
})

test('what an audit, the workload or a visit found is a violation, and so is an order that stays open', () => {
  const report = judge({
    audit: [{ invariant: 'I2', verdict: 'broken', checked: 1, rows: ['order o1 was captured 2 times'] }],
    open: ['order o2 is still pending'],
    settledMs: 31_000,
  })
  assert.equal(report.violations, 3)
  assert.deepEqual(report.complaints, [
    'I2: order o1 was captured 2 times',
    'I1: order o2 is still pending 30 s after the last answer',
    'I1: what was under way at the last fault ended only 31000 ms after it',
  ])
})

test('the picture has a mark for each fault and the goodput as a line', () => {
  const picture = drawReport(judge({ faults: [hit, { ...hit, proof: '<none>' }] }))
  assert.equal(picture.match(/<title>/g)?.length, 2)
  assert.match(picture, /&lt;none&gt;/)
  assert.match(picture, /<polyline [^>]*points="\d/)
})

interface Case extends Partial<Pick<ChaosResult, 'audit' | 'open'>> {
  readonly faults?: readonly InjectedFault[]
  readonly succeeded?: number
  readonly succeededBefore?: number
  readonly settledMs?: number
}

function judge({
  faults = [hit, hit],
  succeeded = 80,
  succeededBefore = 40,
  settledMs = 10,
  ...seen
}: Case): ChaosReport {
  const load = { succeeded, answers: new Map([['201', succeeded]]), complaints: [], perSecond: [3, 0, 5] }
  const result = {
    load,
    injected: { faults, settledMs, succeededBefore },
    judgement: { complaints: [], figures: {} },
    audit: [],
    open: [],
    requests: 100,
    quietMs: 5,
    loadMs: 3_000,
    memoryMb: 100,
    ...seen,
  } as unknown as ChaosResult
  const machine = { cpu: 'a cpu', cores: 2, memoryGb: 8, load: 1, node: 'v24' }
  const facts = { name: 'test', date: '2026-01-15T10:30:00.000Z', machine, app: 'shop', topology: 'monolith', seed: 1 }
  return createReport({ ...facts, visits: 100, atOnce: 8, planned: { process: 2 } }, result)
}
