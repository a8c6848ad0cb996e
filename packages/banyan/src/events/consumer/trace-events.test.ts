import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock, systemRandom } from '../../core/index.ts'
import { firstLog, type StoredEvent } from '../../log/index.ts'
import { createSpanRing, createTracer } from '../../observe/index.ts'
import { traceEvents } from './trace-events.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

function setUp() {
  const ring = createSpanRing()
  const tracer = createTracer({ clock: systemClock, random: systemRandom, sinks: [ring] })
  return { ring, options: { tracer, consumer: 'notifications.mail' } }
}

function eventWith(traceParent: string | null, position = 1): StoredEvent {
  const fields = { type: 'orders.order-placed.v1', aggregateId: 'ord_7_x', version: 1, payload: {} }
  return { ...fields, position, log: firstLog('orders'), recordedAt: '2026-11-23T00:00:00.000Z', traceParent }
}

describe('events that are handled', () => {
  test('leave a span in the trace that they come from, where that is recorded', async () => {
    const { ring, options } = setUp()
    const parents = [`00-${TRACE}-b7ad6b7169203331-01`, `00-${TRACE}-b7ad6b7169203332-00`, null]
    await traceEvents(
      options,
      parents.map((parent) => eventWith(parent)),
      async () => undefined,
    )
    assert.deepEqual(
      ring.newest(10).map(({ name, kind, traceId, parentSpanId }) => [name, kind, traceId, parentSpanId]),
      [['notifications.mail orders.order-placed.v1', 'consumer', TRACE, 'b7ad6b7169203331']],
    )
  })

  test('leave a failed span when the batch fails, and the error is thrown on', async () => {
    const { ring, options } = setUp()
    const failing = () => Promise.reject(new Error('no such table'))
    await assert.rejects(traceEvents(options, [eventWith(`00-${TRACE}-b7ad6b7169203331-01`)], failing), /no such table/)
    assert.equal(ring.newest(1)[0]!.status, 'failed')
  })

  test('are bounded: a batch leaves at most a hundred spans', async () => {
    const { ring, options } = setUp()
    const events = Array.from({ length: 500 }, (_, index) => eventWith(`00-${TRACE}-b7ad6b7169203331-01`, index + 1))
    await traceEvents(options, events, async () => undefined)
    assert.equal(ring.newest(1_000).length, 100)
  })
})
