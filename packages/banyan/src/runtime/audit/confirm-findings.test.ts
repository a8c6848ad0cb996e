import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditFinding } from '../app.ts'
import { confirmFindings } from './confirm-findings.ts'

const broken = (invariant: string, rows: readonly string[]): AuditFinding => ({
  invariant,
  verdict: 'broken',
  checked: 1_000,
  rows,
})
const many = (prefix: string) => Array.from({ length: 100 }, (_, index) => `${prefix} ${index}`)

test('only what both looks saw is a fault', () => {
  const [finding] = confirmFindings([broken('I2', ['a', 'b'])], [broken('I2', ['b', 'c'])])
  assert.deepEqual([finding!.verdict, finding!.rows], ['broken', ['b']])
})

test('what only one look saw was on its way', () => {
  const [finding] = confirmFindings([broken('I2', ['a'])], [broken('I2', ['b'])])
  assert.deepEqual([finding!.verdict, finding!.rows], ['holds', []])
})

test('what could not be looked into everywhere does not hold because its faults were on their way', () => {
  const partly: AuditFinding = { ...broken('I11', ['b']), otherwise: 'not-checked' }
  assert.equal(confirmFindings([broken('I11', ['a'])], [partly])[0]!.verdict, 'not-checked')
})

test('looks that name as many rows as they may stay broken, though they name different ones', () => {
  const [finding] = confirmFindings([broken('I4', many('a'))], [broken('I4', many('b'))])
  assert.equal(finding!.verdict, 'broken')
})

test('findings are compared by invariant, wherever they stand', () => {
  const before = [broken('I2', ['a']), broken('I3', ['x'])]
  const after = [broken('I3', ['x']), broken('I2', ['b'])]
  assert.deepEqual(
    confirmFindings(before, after).map(({ invariant, verdict }) => `${invariant} ${verdict}`),
    ['I3 broken', 'I2 holds'],
  )
})
