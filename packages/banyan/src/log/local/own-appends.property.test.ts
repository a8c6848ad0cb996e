import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StoredEvent } from '../event.ts'
import { createOwnAppends } from './own-appends.ts'

const stored = (position: number) => ({ position }) as StoredEvent
const positionsOf = (events: readonly StoredEvent[]) => events.map(({ position }) => position)

test('whoever appends what, and in whichever order it is told: a run is never less than what the log holds there', () => {
  const writers = fc.array(fc.constantFrom('own', 'other', 'rolled-back'), { minLength: 1, maxLength: 60 })
  const takes = fc.array(fc.record({ after: fc.nat(60), upTo: fc.nat(60) }), { maxLength: 20 })
  fc.assert(
    fc.property(writers, takes, fc.infiniteStream(fc.nat()), (log, asked, order) => {
      const own = createOwnAppends(100)
      const positions = log.flatMap((writer, index) => (writer === 'own' ? [index + 1] : []))
      for (const position of positions.toSorted(() => (order.next().value % 2) - 0.5)) own.add([stored(position)])
      const committed = log.flatMap((writer, index) => (writer === 'rolled-back' ? [] : [index + 1]))
      for (const { after, upTo } of asked) {
        const run = positionsOf(own.take(after, upTo))
        const end = run.at(-1) ?? after
        assert.ok(end <= Math.max(after, upTo))
        assert.deepEqual(
          run,
          committed.filter((at) => at > after && at <= end),
        )
      }
    }),
  )
})

test('what others have read and what is too much is forgotten', () => {
  const own = createOwnAppends(3)
  own.add([1, 2, 3].map(stored))
  own.dropUpTo(2)
  assert.deepEqual(positionsOf(own.take(1, 9)), [])
  assert.deepEqual(positionsOf(own.take(2, 9)), [3])
  assert.deepEqual(positionsOf(own.take(2, 9)), [], 'taken')
  own.add([4, 5].map(stored))
  own.add([6, 7].map(stored))
  assert.deepEqual(positionsOf(own.take(3, 9)), [])
  assert.deepEqual(positionsOf(own.take(5, 9)), [6, 7])
  own.add([8, 9, 10, 11].map(stored))
  assert.deepEqual(positionsOf(own.take(7, 99)), [], 'more than the bound at once')
  own.add([stored(8)])
  own.clear()
  assert.deepEqual(positionsOf(own.take(7, 9)), [])
})
