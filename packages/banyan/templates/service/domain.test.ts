import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isError } from 'banyan/core'
import { MAX_ENTRIES } from './contract.ts'
import { decideAddEntry } from './domain.ts'
import { myNotesErrors } from './errors.ts'

const input = { userId: '7', text: 'milk' }
const now = '2026-01-15T10:30:00.000Z'

test('an entry gets the next number, and its event the same version', () => {
  const decision = decideAddEntry(2, input, now)
  assert.ok(decision.kind === 'accept')
  assert.deepEqual(decision.changes, [{ ...input, number: 3, createdAt: now }])
  assert.deepEqual(
    decision.events.map(({ aggregateId, version }) => [aggregateId, version]),
    [['7', 3]],
  )
})

test('one entry too many is refused', () => {
  const decision = decideAddEntry(MAX_ENTRIES, input, now)
  assert.ok(decision.kind === 'refuse' && isError(decision.error, myNotesErrors.FULL))
})
