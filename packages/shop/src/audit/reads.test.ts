import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JournalLine } from 'banyan/runtime'
import { auditReads } from './reads.ts'

const placed: JournalLine = {
  key: 'k',
  method: 'POST',
  path: '/api/v2/users/1/orders',
  status: 201,
  orderId: 'o',
  session: 's',
}
const read = (status: number, stage: number, session = 's'): JournalLine => ({
  key: '',
  method: 'GET',
  path: '/api/v2/orders/o',
  status,
  orderId: null,
  session,
  stage,
})

test('a session that finds its order, further on each time, is well served', () => {
  const [finding] = auditReads([placed, read(200, 1), read(503, -1), read(200, 1), read(200, 3)])
  assert.deepEqual(finding, { invariant: 'I12', verdict: 'holds', checked: 3, rows: [] })
})

test('an order that is not found, or goes back, is named', () => {
  const [finding] = auditReads([placed, read(404, -1), read(200, 3), read(200, 1)])
  assert.deepEqual(finding?.rows, [
    's read order o: it is not there, and the session knew of it',
    's read order o: it is at stage 1, and the session had seen stage 3',
  ])
})

test('another session has not been told, and without reads nothing is shown', () => {
  assert.deepEqual(auditReads([placed, read(404, -1, 'other')]), [])
  assert.deepEqual(auditReads([placed]), [])
})
