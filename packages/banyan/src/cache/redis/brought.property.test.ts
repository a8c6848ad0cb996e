import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { systemRandom as random } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { startTestRedis, type TestRedis } from '../../testing/index.ts'
import type { CacheLayer, Cause, Kept, Lease, WriteRight } from '../layer.ts'
import { createRedisClient, type RedisClient } from './redis-client.ts'
import { createRedisLayer } from './redis-layer.ts'
import { untilAnswers } from './until-answers.fixture.ts'

const SEEN = { after: {}, force: false }
const TAGS = ['product-7', 'products']
const LOG = 'products/0/1'

interface Brought {
  readonly version: number
  readonly includes: number
}

/** Two processes, each with a connection of its own, over one Redis: what they send may arrive in any order. */
describe('answers that writers bring to the shared layer', () => {
  let redis: TestRedis
  let clients: RedisClient[]
  let layers: CacheLayer[]
  let turn = 0
  before(async () => {
    redis = await startTestRedis()
    clients = await Promise.all(
      [0, 1].map(() => createRedisClient({ url: redis.url, logger: silentLogger, timeoutMs: 5_000 })),
    )
    await Promise.all(clients.map((client) => untilAnswers(client)))
    layers = clients.map((client) => createRedisLayer({ client, random }))
  })
  beforeEach(() => void (turn += 1))
  after(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    await redis?.stop()
  })

  const place = () => ({ key: `shop.getProduct turn="${turn}"`, tags: TAGS.map((tag) => `${tag}-${turn}`) })
  const kept = (version: number, heard = 0): Kept => {
    const answer = { data: Buffer.from(`{"version":${version}}`), versions: `p${version}`, changedAt: null }
    const ages = { ageMs: 0, freshForMs: 60_000, staleForMs: 0, fillMs: 1 }
    return { place: place(), answer, includes: heard > 0 ? { [LOG]: heard } : {}, ...ages }
  }
  const begin = (layer: CacheLayer) => layer.beginWrite(place().tags)
  const bring = (layer: CacheLayer, what: number | Brought, right: WriteRight | null) => {
    const { version, includes } = typeof what === 'number' ? { version: what, includes: 0 } : what
    return layer.invalidate(place().tags, { kind: 'write', brought: { kept: kept(version, includes), right } })
  }
  const shown = async (layer = layers[0]!): Promise<number | null> => {
    const opened = await layer.open(place(), SEEN)
    if (opened.kind === 'lease') await layer.release(opened.lease)
    return opened.kind === 'kept' ? Number(opened.kept.answer.versions!.slice(1)) : null
  }

  test('the other process is answered with what the writer brought', async () => {
    await bring(layers[0]!, 2, await begin(layers[0]!))
    assert.equal(await shown(layers[1]), 2)
  })

  for (const [what, order] of [
    ['in the order of their rows', [2, 3]],
    ['the other way round', [3, 2]],
  ] as const) {
    test(`two write one row, and arrive ${what}: the newest stays`, async () => {
      const rights = await Promise.all(layers.map(async (layer) => begin(layer)))
      for (const [index, version] of order.entries()) await bring(layers[index]!, version, rights[index]!)
      assert.equal(await shown(), 3)
    })
  }

  test('a fill that began before does not land over it, nor one from a lagging replica after', async () => {
    const old = (await layers[1]!.open(place(), SEEN)) as { lease: Lease }
    await bring(layers[0]!, 2, await begin(layers[0]!))
    assert.equal(await layers[1]!.store(old.lease, kept(1)), 'lost')
    const late = (await layers[1]!.open(place(), { after: { [LOG]: 1 }, force: true })) as { lease: Lease }
    assert.equal(await layers[1]!.store(late.lease, kept(1)), 'older')
    assert.equal(await shown(), 2)
  })

  test('what Redis has forgotten since the writer began is not made up for', async () => {
    const right = await begin(layers[0]!)
    await bring(layers[1]!, 3, await begin(layers[1]!))
    await redis.command('FLUSHALL')
    await bring(layers[0]!, 2, right)
    assert.equal(await shown(), null, 'version 3 was told of, and lost')
  })

  test('nor is an answer that does not include an event, or was made of other rows', async () => {
    const right = await begin(layers[0]!)
    await layers[1]!.invalidate(place().tags, { kind: 'event', log: LOG, position: 5 })
    await bring(layers[0]!, 2, right)
    assert.equal(await shown(), null)
  })

  test('an answer that comes after the event of its write stands there as if it had come before', async () => {
    const right = await begin(layers[0]!)
    await hear2()
    assert.equal(await shown(layers[1]), null, 'what stood there is old')
    await bring(layers[0]!, 2, right)
    assert.equal(await shown(layers[1]), 2)
  })

  test('of two answers of the same rows neither stands: what else was changed, the one that came first may show', async () => {
    const right = await begin(layers[0]!)
    await bring(layers[1]!, 2, await begin(layers[1]!))
    await bring(layers[0]!, 2, right)
    assert.equal(await shown(), null)
  })

  test('an event that there is no room to remember ends what is being read, also where its write was told of', async () => {
    await bring(layers[0]!, 2, await begin(layers[0]!))
    const list = { ...place(), key: `shop.listProducts turn="${turn}"` }
    const behind = (await layers[1]!.open(list, SEEN)) as { lease: Lease }
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await hear2()
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    const old = kept(1)
    const stored = { ...old, place: list, answer: { ...old.answer, versions: null } }
    assert.equal(await layers[1]!.store(behind.lease, stored), 'lost')
  })

  const hear2 = () => hear(layers[1]!, 2)
  const meanwhile: Readonly<Record<string, () => unknown>> = {
    'the event of a later write': () => hear(layers[1]!, 3),
    'a write that says nothing of itself': () => layers[1]!.invalidate(place().tags, { kind: 'write', brought: null }),
    'an event of nobody knows which row': () =>
      layers[1]!.invalidate(place().tags, { kind: 'event', log: 'other/0/1', position: 1 }),
    'another writer, who brings something else': async () => {
      const brought = {
        kept: { ...kept(1), place: { ...place(), tags: [], key: `other turn="${turn}"` } },
        right: await begin(layers[1]!),
      }
      await layers[1]!.invalidate(place().tags, { kind: 'write', brought })
    },
    'the loss of a tag': () => redis.command('DEL', `{banyan-cache-2}t:product-7-${turn}`),
  }
  for (const [what, happens] of Object.entries(meanwhile)) {
    test(`it does not where ${what} came, before that event, after it or alone`, async () => {
      for (const steps of [[happens, shown, hear2], [hear2, happens], [happens]]) {
        turn += 1
        const right = await begin(layers[0]!)
        for (const step of steps) await step()
        await bring(layers[0]!, 2, right)
        assert.equal(await shown(), null)
      }
    })
  }

  const Step = fc.record({
    act: fc.constantFrom('write', 'write', 'fill', 'tell', 'hear', 'hear', 'flush', 'evict'),
    by: fc.nat({ max: 1 }),
    /** Which of those under way ends with this step. */
    ends: fc.nat({ max: 5 }),
    /** How far the replica that a fill reads is behind, at most to what the log has told of. */
    lag: fc.nat({ max: 2 }),
  })

  for (const lags of [false, true]) {
    const least = lags ? 'what the log told of, though replicas lag' : 'what was told'
    test(`in any order of arrival, with fills, events, flushes and evictions: never older than ${least}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(Step, { minLength: 3, maxLength: 20 }), (steps) => checkOrder(steps, lags)),
        { numRuns: 200 },
      )
    })
  }

  interface StepOf {
    readonly act: string
    readonly by: number
    readonly ends: number
    readonly lag: number
  }

  async function checkOrder(steps: readonly StepOf[], lags: boolean): Promise<void> {
    turn += 1
    let version = 1
    let told = 1
    /** Each version has an event at that position, of the row that it is of. */
    let heard = 1
    /** What has been sent and not arrived; a fill has read what was true when it began. */
    const underWay: (() => Promise<void>)[] = []
    for (const { act, by, ends, lag } of steps) {
      const layer = layers[by]!
      if (act === 'write') {
        const [right, includes] = [await begin(layer), heard]
        const written = ++version
        underWay.push(async () => {
          await bring(layer, { version: written, includes }, right)
          told = Math.max(told, written)
        })
      } else if (act === 'fill') {
        const opened = await layer.open(place(), SEEN)
        const [read, includes] = [lags ? Math.max(heard, version - lag) : version, heard]
        if (opened.kind === 'lease') {
          underWay.push(async () => void (await layer.store(opened.lease, kept(read, includes))))
        }
      } else if (act === 'tell') {
        const cause: Cause = { kind: 'write', brought: null }
        const now = version
        underWay.push(async () => {
          await layer.invalidate(place().tags, cause)
          told = Math.max(told, now)
        })
      } else if (act === 'hear') {
        if (heard < version) await hear(layer, ++heard)
        told = Math.max(told, heard)
      } else if (act === 'flush') await redis.command('FLUSHALL')
      else await redis.command('DEL', `{banyan-cache-2}t:product-7-${turn}`)
      const [arrives] = underWay.splice(ends % Math.max(1, underWay.length), ends % 2)
      await arrives?.()
      const now = await shown(layers[1 - by])
      const due = lags ? heard : told
      assert.ok(now === null || now >= due, `${now} was shown, ${due} had been told of`)
    }
    for (const arrives of underWay) await arrives()
    while (heard < version) await hear(layers[0]!, ++heard)
    const last = await shown()
    assert.ok(last === null || last === version, `at quiet ${last} is shown, true is ${version}`)
  }

  function hear(layer: CacheLayer, position: number) {
    const row = { name: 'p', version: position }
    return layer.invalidate(place().tags, { kind: 'event', log: LOG, position, row })
  }
})
