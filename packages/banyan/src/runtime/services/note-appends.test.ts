import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFrontier } from '../../contract/index.ts'
import type { Database } from '../../data/index.ts'
import { firstLog, type Appended } from '../../log/index.ts'
import { noteAppends } from './note-appends.ts'

const databaseAt = (last: number) => ({ query: async () => [{ last: String(last) }] }) as unknown as Database
const appendedUpTo = (position: number): Appended => ({ lastPosition: position, incarnation: null, events: () => [] })

test('what another database appended, or had appended, says nothing of this log', async () => {
  const [own, other] = [databaseAt(9), databaseAt(99)]
  const frontier = createFrontier()
  const told: number[] = []
  const log = { log: firstLog('orders'), notifyAppend: (appended?: Appended) => void told.push(appended!.lastPosition) }
  const { onAppend, onRecall } = noteAppends({ frontier, log, database: own })

  onAppend(own, appendedUpTo(7))
  onAppend(other, appendedUpTo(70))
  assert.deepEqual([told, frontier.positions()], [[7], { 'orders/0/1': 7 }])
  await onRecall(other)
  await onRecall(own)
  assert.deepEqual(frontier.positions(), { 'orders/0/1': 9 })
})
