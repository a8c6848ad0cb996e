import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock as clock, systemRandom as random, coreErrors } from '../../core/index.ts'
import { createMetrics, silentLogger } from '../../observe/index.ts'
import { startTestRedis, type TestRedis } from '../../testing/index.ts'
import { createApplicationCache, type ApplicationCache } from '../application-cache.ts'
import { NOTHING } from '../answer.ts'
import { createCachedOperation } from '../cached-operation.ts'
import { createSharedReads } from '../shared/shared-layer-reads.ts'
import { createCircuit } from './circuit.ts'
import { createRedisClient, type RedisClient } from './redis-client.ts'
import { createRedisLayer } from './redis-layer.ts'
import { untilAnswers } from './until-answers.fixture.ts'

const operation = createCachedOperation('shop.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: ({ id }: { id: string }) => [`product-${id}`],
  application: { strategy: { kind: 'ttl' }, maxAgeSeconds: 60 },
})

/** One gateway: its own memory, its own connection. */
interface Gateway {
  readonly cache: ApplicationCache
  readonly client: RedisClient
}

/** What the service knows, and how often it was asked. */
const truth = { version: 1, reads: 0, gate: Promise.resolve(), isUp: true }

async function fill() {
  truth.reads += 1
  const asItIsNow = {
    data: Buffer.from(`{"version":${truth.version}}`),
    versions: `p${truth.version}`,
    changedAt: null,
  }
  await truth.gate
  if (!truth.isUp) throw coreErrors.UNAVAILABLE({ what: 'The shop' })
  return asItIsNow
}

describe('a cache shared through Redis', () => {
  let redis: TestRedis
  let one: Gateway
  let two: Gateway

  before(async () => {
    redis = await startTestRedis()
  })
  beforeEach(async () => {
    Object.assign(truth, { version: 1, reads: 0, gate: Promise.resolve(), isUp: true })
    await redis.command('FLUSHALL')
    await Promise.all([one, two].map((gateway) => gateway?.client.stop()))
    ;[one, two] = await Promise.all([open(), open()])
  })
  after(async () => {
    await Promise.all([one.client.stop(), two.client.stop()])
    await redis.stop()
  })

  async function open(): Promise<Gateway> {
    const client = await createRedisClient({ url: redis.url, logger: silentLogger, timeoutMs: 250 })
    await untilAnswers(client)
    const metrics = createMetrics()
    const layer = createRedisLayer({ client, random })
    const circuit = createCircuit({ clock, metrics })
    const shared = createSharedReads({
      layer,
      circuit,
      clock,
      random,
      maxKeptMs: 60_000,
      known: () => NOTHING,
    })
    return { client, cache: createApplicationCache({ clock, random, metrics, shared }) }
  }

  const read = async ({ cache }: Gateway, id = '7') => {
    const asked = { operation, key: operation.keyOf({ id }), input: { id }, after: NOTHING }
    const entry = cache.find(asked, clock.monotonicMs())
    const found = entry ? { entry, source: 'l1' } : await cache.load({ ...asked, fill })
    return { versions: found.entry.answer.versions, source: found.source }
  }
  const write = ({ cache }: Gateway, id = '7') => {
    truth.version += 1
    cache.invalidate([`product-${id}`], { kind: 'write', brought: null })
  }
  /** A writer's answer, and Redis has it. */
  const bring = async ({ cache }: Gateway) => {
    const start = cache.beginWrite(['product-7'])
    while (start.shared.right === null) await pause(1)
    const answer = { data: Buffer.from('{"version":2}'), versions: 'p2', changedAt: null }
    const brought = cache.write({ operation, input: { id: '7' }, answer, start })
    cache.invalidate(['product-7'], { kind: 'write', brought })
    await untilShared()
  }
  /** A store goes on in the background. */
  const untilShared = async (id = '7') => {
    const key = `{banyan-cache-2}e:shop.getProduct\\x20id=\\"${id}\\"`
    while (!(await redis.command('EXISTS', `"${key}"`)).startsWith(':1')) await pause(2)
  }

  test('what one process has read the others need not', async () => {
    assert.deepEqual(await read(one), { versions: 'p1', source: 'filled' })
    await untilShared()
    assert.deepEqual(await read(two), { versions: 'p1', source: 'l2' })
    assert.deepEqual(await read(two), { versions: 'p1', source: 'l1' })
    assert.equal(truth.reads, 1)
  })

  test('what one process was answered as a writer the others take from Redis', async () => {
    await bring(one)
    assert.deepEqual(await read(two), { versions: 'p2', source: 'l2' })
    assert.equal(truth.reads, 0)
  })

  test('so does who asks on the heels of the event: Redis hears of it before it answers', async () => {
    // Redis then knows the script: a text that it must ask for would come after the question.
    await createRedisLayer({ client: two.client, random }).invalidate(['other'], { kind: 'write', brought: null })
    await bring(one)
    const row = { name: 'p', version: 2 }
    two.cache.invalidate(['product-7'], { kind: 'event', log: 'shop/0/1', position: 2, row })
    assert.deepEqual(await read(two), { versions: 'p2', source: 'l2' })
    assert.equal(truth.reads, 0)
  })

  test('10,000 readers of one cold key in two processes are one question', async () => {
    const open = Promise.withResolvers<void>()
    truth.gate = open.promise
    const readers = Array.from({ length: 10_000 }, (_, index) => read(index % 2 ? one : two))
    while (truth.reads === 0) await pause(1)
    await pause(20)
    open.resolve()
    const answers = await Promise.all(readers)
    assert.deepEqual(new Set(answers.map(({ versions }) => versions)), new Set(['p1']))
    assert.equal(truth.reads, 1)
  })

  test('a writer reads what it wrote, whatever Redis has heard of it', async () => {
    await read(one)
    await untilShared()
    redis.freeze()
    write(one)
    assert.equal((await read(one)).versions, 'p2')
    redis.resume()
    assert.equal((await read(one)).versions, 'p2')
  })

  const faults: readonly (readonly [what: string, begin: () => Promise<unknown>, end: () => Promise<unknown>])[] = [
    ['killed', () => redis.kill(), () => redis.start()],
    ['frozen', async () => redis.freeze(), async () => redis.resume()],
    [
      'full',
      () => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
      () => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
    ],
    ['cut off', () => redis.command('CLIENT', 'KILL', 'TYPE', 'normal'), async () => undefined],
    ['flushed', () => redis.command('FLUSHALL'), async () => undefined],
  ]
  for (const [what, begin, end] of faults) {
    test(`Redis ${what}, and back: no answer fails, none is old, and the service is asked once a process`, async () => {
      await read(one)
      await untilShared()
      await begin()
      try {
        write(one)
        const began = truth.reads
        const answers = await Promise.all(Array.from({ length: 100 }, () => read(one)))
        assert.deepEqual(new Set(answers.map(({ versions }) => versions)), new Set(['p2']))
        assert.ok(truth.reads - began <= 1, `${truth.reads - began} questions`)
      } finally {
        await end()
      }
      one.cache.clear()
      await untilAnswers(one.client)
      assert.equal((await read(one)).versions, 'p2', 'an answer from before the fault came back')
    })
  }

  test('another that fills and dies is not waited for without end', async () => {
    const layer = createRedisLayer({ client: two.client, random })
    const place = { key: operation.keyOf({ id: '7' }), tags: ['product-7'] }
    assert.equal((await layer.open(place, { after: NOTHING, force: false })).kind, 'lease')
    const startedMs = performance.now()
    assert.deepEqual(await read(one), { versions: 'p1', source: 'filled' })
    assert.ok(performance.now() - startedMs < 3_000)
  })
})
