import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock as clock, systemRandom as random } from '../core/index.ts'
import { firstLog, type LogSource, type StoredEvent } from '../log/index.ts'
import { createMetrics, exposeMetrics, silentLogger as logger } from '../observe/index.ts'
import { until } from '../testing/index.ts'
import { NOTHING } from './answer.ts'
import { createApplicationCache } from './application-cache.ts'
import { createCachedOperation } from './cached-operation.ts'
import { followLogs } from './follow-logs.ts'

const TYPE = 'shop.changed.v1'
const TAGS = ['product-7']

const operation = createCachedOperation('shop.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: () => TAGS,
  application: { strategy: { kind: 'event', invalidatedBy: { [TYPE]: () => TAGS } }, maxAgeSeconds: 60 },
})
const asked = { operation, key: operation.keyOf({ id: '7' }), input: { id: '7' }, after: NOTHING }
const fill = async () => ({ data: Buffer.from('{}'), versions: 'p1', changedAt: null })

test('hits, fills, joins and old fills that were rejected are counted, by operation and layer', async () => {
  const metrics = createMetrics()
  const cache = createApplicationCache({ clock, random, metrics })
  const gate = Promise.withResolvers<void>()
  const late = async () => {
    await gate.promise
    return fill()
  }
  const readers = [cache.load({ ...asked, fill: late }), cache.load({ ...asked, fill: late })]
  cache.invalidate(TAGS, { kind: 'write', brought: null })
  gate.resolve()
  await Promise.all(readers)
  assert.equal(cache.find(asked, clock.monotonicMs()), null, 'an old fill was kept')
  await cache.load({ ...asked, fill })
  assert.ok(cache.find(asked, clock.monotonicMs()))

  const text = exposeMetrics(metrics)
  const of = (name: string, layer = '') =>
    Number(new RegExp(`^banyan_cache_${name}_total\\{[^}]*${layer}[^}]*\\} (\\d+)`, 'm').exec(text)?.[1])
  assert.deepEqual([of('fills'), of('joins'), of('refused'), of('hits', 'layer="l1"')], [2, 1, 1, 1])
})

test('the lag of an invalidation is told by layer: from the event’s transaction to the end of what it makes old', async () => {
  const metrics = createMetrics()
  const cache = createApplicationCache({ clock, random, metrics })
  const events = [changedAt(1, 60_000)]
  let wake = () => {}
  const source: LogSource = {
    log: firstLog('shop'),
    read: async (after) => events.filter(({ position }) => position > after),
    watermark: async () => events.length,
    onAppend(listener) {
      wake = listener
      return () => undefined
    },
  }
  const plan = { invalidations: new Map([[TYPE, [{ toTags: () => TAGS, row: null }]]]) }
  await using follower = followLogs({ plan, sources: [source], cache, clock, random, logger, metrics })
  await until(() => follower.positions()['shop/0/1'] === 1, 'what was there before has been read')
  events.push(changedAt(2, 2_000))
  wake()
  await until(() => follower.positions()['shop/0/1'] === 2, 'the event has been heard of')

  const lag = (what: string) =>
    Number(
      new RegExp(`^banyan_cache_invalidation_lag_seconds_${what}\\{layer="l1"\\} (\\S+)`, 'm').exec(
        exposeMetrics(metrics),
      )?.[1],
    )
  assert.equal(lag('count'), 1, 'what was there before this process began is no lag of it')
  assert.ok(lag('sum') >= 2 && lag('sum') < 30, `${lag('sum')} s`)
})

function changedAt(position: number, agoMs: number): StoredEvent {
  return {
    type: TYPE,
    aggregateId: '7',
    version: position,
    payload: {},
    log: firstLog('shop'),
    position,
    recordedAt: new Date(clock.now() - agoMs).toISOString(),
    traceParent: null,
  }
}
