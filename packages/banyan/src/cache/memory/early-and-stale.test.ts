import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { coreErrors, createSeededRandom, isError, systemRandom, type Clock } from '../../core/index.ts'
import { createMetrics } from '../../observe/index.ts'
import { NOTHING } from '../answer.ts'
import { createApplicationCache, type ApplicationCache } from '../application-cache.ts'
import { createCachedOperation, isDueEarly } from '../cached-operation.ts'

const LOG = 'shop/0/1'
const FILL_MS = 1_000
/** Of a bound of 10 s, spread over the fifth below it, with 0.5 drawn. */
const FRESH_MS = 9_000
const STALE_MS = 30_000

const operation = createCachedOperation('shop.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: ({ id }: { id: string }) => [`product-${id}`],
  application: { strategy: { kind: 'ttl' }, maxAgeSeconds: 10, staleIfErrorSeconds: STALE_MS / 1_000 },
})
const KEY = operation.keyOf({ id: '7' })

describe('a kept answer near its end and beyond', () => {
  let nowMs = 0
  let drawn = 0.5
  let fault: Error | null = null
  let cache: ApplicationCache
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async () => undefined,
    schedule: () => () => undefined,
  }

  beforeEach(async () => {
    ;[nowMs, drawn, fault] = [0, 0.5, null]
    const random = { ...systemRandom, unit: () => drawn }
    cache = createApplicationCache({ clock, random, metrics: createMetrics(), known: () => ({ [LOG]: 1 }) })
    await read()
  })

  async function fill() {
    nowMs += FILL_MS
    if (fault) throw fault
    return { data: Buffer.from('{}'), versions: 'p1', changedAt: null }
  }
  const read = (after = NOTHING) => cache.load({ operation, key: KEY, input: { id: '7' }, after, fill })
  const entry = () => cache.memory.find(KEY)!
  const isUnavailable = (error: unknown) => isError(error, coreErrors.UNAVAILABLE)

  test('who comes shortly before the end is drawn to read it again, the sooner the longer reading takes', () => {
    const dueMs = FRESH_MS - FILL_MS * Math.LN2
    assert.equal(cache.isDue(entry(), dueMs - 1), false)
    assert.equal(cache.isDue(entry(), dueMs + 1), true)
    drawn = 0
    assert.equal(cache.isDue(entry(), FRESH_MS - 1), false)
  })

  test('while one reads it again nobody else is drawn', async () => {
    nowMs = FRESH_MS - 1
    assert.equal(cache.isDue(entry(), nowMs), true)
    const known = entry()
    const again = read()
    assert.equal(cache.isDue(known, FRESH_MS - 1), false)
    await again
  })

  test('of those who come as long before the end as reading takes, one in e is drawn', () => {
    const random = createSeededRandom(11)
    const draws = Array.from({ length: 20_000 }, () => isDueEarly({ leftMs: FILL_MS, fillMs: FILL_MS }, random))
    const share = draws.filter(Boolean).length / draws.length
    assert.ok(Math.abs(share - 1 / Math.E) < 0.015, String(share))
  })

  test('nobody answers: the old answer is shown, within its bound and no longer', async () => {
    fault = coreErrors.UNAVAILABLE({ what: 'The shop' })
    nowMs = FRESH_MS
    assert.equal(cache.find({ operation, key: KEY, after: NOTHING }, nowMs), null)
    assert.equal((await read()).source, 'stale')
    nowMs = FRESH_MS + STALE_MS - FILL_MS - 1
    assert.equal((await read()).source, 'stale')
    nowMs = FRESH_MS + STALE_MS - FILL_MS
    await assert.rejects(read(), isUnavailable)
  })

  test('an old answer is shown to nobody who has seen more, and not once it was ended', async () => {
    fault = coreErrors.UNAVAILABLE({ what: 'The shop' })
    nowMs = FRESH_MS
    await assert.rejects(read({ [LOG]: 2 }), isUnavailable)
    assert.equal((await read({ [LOG]: 1 })).source, 'stale')
    cache.invalidate(['product-7'], { kind: 'write', brought: null })
    await assert.rejects(read(), isUnavailable)
  })

  test('what is not there any more is no fault: the old answer goes', async () => {
    fault = coreErrors.NOT_FOUND()
    nowMs = FRESH_MS
    const { source, entry: found } = await read()
    assert.deepEqual([source, found.answer.data], ['filled', null])
  })
})
