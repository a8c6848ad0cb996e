import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import type { StoredEvent } from '../../log/index.ts'
import type { Published } from './publish.ts'
import { createPublishWindow, type PublishWindow } from './publish-window.ts'

describe('events on their way to the broker', () => {
  let acknowledged: number[]
  let failures: number
  let sent: { readonly previous: number; readonly count: number; answer(published: Published | Error): void }[]
  let window: PublishWindow

  beforeEach(() => {
    acknowledged = []
    sent = []
    failures = 0
    window = open()
  })

  test('the next leave before those before them are acknowledged, as many as there is room for', () => {
    window.send(events(1, 4), 0)
    window.send(events(5, 3), 4)
    assert.deepEqual(
      sent.map(({ previous, count }) => [previous, count]),
      [
        [0, 4],
        [4, 3],
      ],
    )
    assert.equal(window.sentTo, 7)
    assert.equal(window.room, 3)
  })

  test('a later answer that comes first counts once those before it have come', async () => {
    window.send(events(1, 4), 0)
    window.send(events(5, 3), 4)
    sent[1]!.answer({ count: 3, error: null })
    await turn()
    assert.deepEqual(acknowledged, [])
    sent[0]!.answer({ count: 4, error: null })
    await window.settled()
    assert.deepEqual(acknowledged, [4, 7])
    assert.equal(window.room, 10)
  })

  test('behind a hole nothing counts until it is reset, which says what failed', async () => {
    window.send(events(1, 4), 0)
    window.send(events(5, 3), 4)
    sent[0]!.answer({ count: 2, error: new Error('no answer') })
    sent[1]!.answer({ count: 3, error: null })
    await window.settled()
    assert.deepEqual([acknowledged, failures, window.hasFailed], [[2], 1, true])
    await assert.rejects(window.reset(), { message: 'no answer' })
    assert.deepEqual([window.sentTo, window.hasFailed, window.room], [null, false, 10])
    window.send(events(3, 1), 2)
    sent[2]!.answer({ count: 1, error: null })
    await window.settled()
    assert.deepEqual(acknowledged, [2, 3])
  })

  test('a publish that rejects is a failure like any other', async () => {
    window.send(events(1, 4), 0)
    sent[0]!.answer(new Error('too large'))
    await window.settled()
    await assert.rejects(window.reset(), { message: 'too large' })
  })

  test('whatever is answered in whatever order, what is acknowledged has no hole', async () => {
    const answer = fc.record({ count: fc.integer({ min: 1, max: 4 }), acknowledged: fc.integer({ min: 0, max: 4 }) })
    const answers = fc.array(answer, { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(answers, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), async (batches, order) => {
        acknowledged = []
        sent = []
        window = open(1_000)
        let position = 0
        for (const { count } of batches) {
          window.send(events(position + 1, count), position)
          position += count
        }
        const whole = batches.map((batch) => Math.min(batch.count, batch.acknowledged))
        const inOrder = batches.map((_, index) => index).toSorted((a, b) => (order[a] ?? 0) - (order[b] ?? 0))
        for (const index of inOrder) {
          const isHole = whole[index]! < batches[index]!.count
          sent[index]!.answer({ count: whole[index]!, error: isHole ? new Error('hole') : null })
          await turn()
        }
        await window.settled()
        const firstHole = batches.findIndex((batch, index) => whole[index]! < batch.count)
        const before = firstHole < 0 ? batches : batches.slice(0, firstHole)
        const upTo = before.reduce((sum, { count }) => sum + count, 0) + (firstHole < 0 ? 0 : whole[firstHole]!)
        assert.equal(acknowledged.at(-1) ?? 0, upTo)
        assert.equal(window.hasFailed, firstHole >= 0)
      }),
    )
  })

  function open(maxEvents = 10): PublishWindow {
    return createPublishWindow({
      publish: (batch, previous) => {
        const { promise, resolve, reject } = Promise.withResolvers<Published>()
        const answer = (published: Published | Error) =>
          published instanceof Error ? reject(published) : resolve(published)
        sent.push({ previous, count: batch.length, answer })
        return promise
      },
      onAcknowledged: async (batch) => void acknowledged.push(batch.at(-1)!.position),
      onFailure: () => void failures++,
      maxEvents,
    })
  }
})

function events(first: number, count: number): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => ({ position: first + index }) as StoredEvent)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
