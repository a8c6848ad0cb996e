import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { systemClock as clock, systemRandom as random } from '../../core/index.ts'
import { createMetrics } from '../../observe/index.ts'
import { NOTHING } from '../answer.ts'
import { createApplicationCache, type ApplicationCache } from '../application-cache.ts'
import { createCachedOperation } from '../cached-operation.ts'

const operation = createCachedOperation('shop.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: ({ id }: { id: string }) => [`product-${id}`],
  application: { strategy: { kind: 'ttl' }, maxAgeSeconds: 60 },
})
const data = Buffer.from('x'.repeat(1_000))
const fill = async () => ({ data, versions: 'p1', changedAt: null })

describe('memory that is full', () => {
  let cache: ApplicationCache
  const ask = (id: string) =>
    cache.load({ operation, key: operation.keyOf({ id }), input: { id }, after: NOTHING, fill })
  const isKept = (id: string) => cache.memory.find(operation.keyOf({ id })) !== undefined

  beforeEach(async () => {
    cache = createApplicationCache({ clock, random, metrics: createMetrics(), maxBytes: 25_000 })
    for (let id = 0; id < 10; id++) await ask(`first-${id}`)
    assert.equal(cache.memory.count, 10)
  })

  test('what is asked for once is answered, and pushes out nothing', async () => {
    for (let id = 0; id < 1_000; id++) {
      const { entry } = await ask(`passer-by-${id}`)
      assert.equal(entry.answer.data, data)
    }
    const left = Array.from({ length: 10 }, (_, id) => isKept(`first-${id}`)).filter(Boolean).length
    // Two of one hash pass for one, some in a thousand.
    assert.ok(left >= 8, `${left} of 10 are left`)
  })

  test('what is asked for again soon is kept, in memory of its own, and the one longest unused goes', async () => {
    await ask('wanted')
    assert.ok(!isKept('wanted'))
    await ask('wanted')
    assert.ok(isKept('wanted') && !isKept('first-0') && isKept('first-1'))
    assert.notEqual(cache.memory.find(operation.keyOf({ id: 'wanted' }))!.answer.data!.buffer, data.buffer)
  })

  test('so is what two ask for at once, and what a writer brings', async () => {
    await Promise.all([ask('two at once'), ask('two at once')])
    assert.ok(isKept('two at once'))
    const start = cache.beginWrite(['product-written'])
    cache.write({ operation, input: { id: 'written' }, answer: await fill(), start })
    assert.ok(isKept('written'))
  })

  test('what is kept is renewed', async () => {
    const before = cache.memory.find(operation.keyOf({ id: 'first-5' }))
    await ask('first-5')
    assert.ok(isKept('first-5') && cache.memory.find(operation.keyOf({ id: 'first-5' })) !== before)
  })
})
