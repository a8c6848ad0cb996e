import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { coreErrors, systemRandom, type Clock } from '../core/index.ts'
import { createDependency } from './dependency.ts'
import { exposeMetrics } from './exposition.ts'
import { createMetrics } from './metrics.ts'
import { createSpanRing } from './span-ring.ts'
import { createTracer } from './tracer.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function setUp() {
  let nowMs = 0
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async () => undefined,
    schedule: () => () => undefined,
  }
  const metrics = createMetrics()
  const ring = createSpanRing()
  const tracer = createTracer({ clock, random: systemRandom, sinks: [ring] })
  const stripe = createDependency({ kind: 'provider', name: 'stripe' }, { metrics, tracer, clock })
  const counted = () =>
    [...exposeMetrics(metrics).matchAll(/^banyan_dependency_seconds_(count|sum)\{(.*)\} (.*)$/gm)].map((match) =>
      match.slice(1).join(' '),
    )
  return { stripe, counted, ring, pass: (ms: number) => void (nowMs += ms) }
}

describe('a dependency', () => {
  test('counts and times its calls by operation and outcome: an answer that says no is not a failure', async () => {
    const { stripe, counted, pass } = setUp()
    const taking = (ms: number) => async () => pass(ms)
    const refusing = async () => Promise.reject(coreErrors.NOT_FOUND())
    await stripe.call('charge', null, taking(20))
    await stripe.call('charge', null, taking(40))
    await assert.rejects(stripe.call('charge', null, refusing))
    await assert.rejects(stripe.call('refund', null, async () => Promise.reject(new Error('socket hang up'))))
    const labels = (operation: string, outcome: string) =>
      `dependency="stripe",kind="provider",operation="${operation}",outcome="${outcome}"`
    assert.deepEqual(counted(), [
      `sum ${labels('charge', 'ok')} 0.06`,
      `count ${labels('charge', 'ok')} 2`,
      `sum ${labels('charge', 'refused')} 0`,
      `count ${labels('charge', 'refused')} 1`,
      `sum ${labels('refund', 'failed')} 0`,
      `count ${labels('refund', 'failed')} 1`,
    ])
  })

  test('adds a client span to the trace it is called in, and none where there is no trace', async () => {
    const { stripe, ring } = setUp()
    await stripe.call('charge', null, async () => 1)
    assert.equal(ring.newest(1).length, 0)
    assert.equal(await stripe.call('charge', PARENT, async () => 'ch_1'), 'ch_1')
    await assert.rejects(stripe.call('refund', PARENT, async () => Promise.reject(new Error('socket hang up'))))
    assert.deepEqual(
      ring
        .newest(2)
        .map(({ name, kind, parentSpanId, status, attributes }) => ({ name, kind, parentSpanId, status, attributes })),
      [
        { name: 'stripe refund', status: 'failed' },
        { name: 'stripe charge', status: 'ok' },
      ].map((span) => ({
        ...span,
        kind: 'client',
        parentSpanId: 'b7ad6b7169203331',
        attributes: { 'peer.service': 'stripe' },
      })),
    )
  })
})
