import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createCircuit, createRedisClient, type RedisClient } from '../../cache/index.ts'
import { systemClock as clock } from '../../core/index.ts'
import { createMetrics, silentLogger } from '../../observe/index.ts'
import { startTestRedis, type TestRedis } from '../../testing/index.ts'
import type { AttemptCounter } from './attempt-counter.ts'
import { countInRedis, readAttemptScripts } from './shared-attempt-counter.ts'

const LIMIT = 20
/** So long that nothing comes back within a test. */
const WINDOW_MS = 600_000

describe('attempts counted by gateways together', () => {
  let redis: TestRedis
  let clients: RedisClient<'attempt'>[] = []
  let counters: AttemptCounter[] = []
  before(async () => void (redis = await startTestRedis()))
  beforeEach(async () => {
    await redis.command('FLUSHALL')
    await Promise.all(clients.map((client) => client.stop()))
    clients = await Promise.all([connect(), connect()])
    counters = clients.map((client, index) => {
      const circuit = createCircuit({ clock, metrics: createMetrics() })
      const open = countInRedis({ client, circuit, clock, prefix: 'test', gateway: String(index) })
      return open({ id: 'log-in', limit: LIMIT, windowMs: WINDOW_MS })
    })
  })
  after(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    await redis.stop()
  })

  async function connect() {
    const scripts = readAttemptScripts()
    const client = await createRedisClient({ url: redis.url, logger: silentLogger, scripts, timeoutMs: 2_000 })
    await client.connected(AbortSignal.timeout(10_000))
    return client
  }
  const takeAtBoth = async (key: string, count: number) => {
    const all = await Promise.all(Array.from({ length: count }, async (_, index) => counters[index % 2]!.take(key)))
    return all.filter(({ allowed }) => allowed)
  }
  const takeInTurn = async (key: string, count: number) => {
    let allowed = 0
    for (let index = 0; index < count; index++) if ((await counters[index % 2]!.take(key)).allowed) allowed += 1
    return allowed
  }

  test('as many at once at two gateways get exactly the quota', async () => {
    assert.equal((await takeAtBoth('ada', 200)).length, LIMIT)
    const refused = await counters[0]!.take('ada')
    assert.equal(refused.allowed, false)
    assert.ok(refused.resetMs > 0 && refused.resetMs <= WINDOW_MS / LIMIT, String(refused.resetMs))
    assert.equal((await counters[1]!.take('bob')).allowed, true)
  })

  test('what is given back at one may be taken at the other', async () => {
    const [first] = await takeAtBoth('ada', LIMIT)
    assert.equal((await counters[1]!.take('ada')).allowed, false)
    first!.giveBack()
    let again = await counters[1]!.take('ada')
    for (const endMs = performance.now() + 5_000; !again.allowed && performance.now() < endMs;) {
      await pause(5)
      again = await counters[1]!.take('ada')
    }
    assert.equal(again.allowed, true)
    assert.equal((await counters[0]!.take('ada')).allowed, false, 'it was one')
  })

  test('no key of Redis names whom it counts', async () => {
    await counters[0]!.take('ada@example.com')
    assert.doesNotMatch(await redis.command('KEYS', '*'), /ada/)
  })

  test('Redis away: each gateway lets its share through, and has not forgotten what it counted', async () => {
    assert.equal(await takeInTurn('ada', 10), 10)
    await redis.kill()
    // 5 were counted at each before, and once one has failed each weighs 2 of the other 15.
    const allowed = await takeInTurn('ada', 100)
    assert.ok(allowed >= 14 && allowed <= LIMIT - 4, `${allowed} let through`)
    assert.equal((await takeAtBoth('ada', 100)).length, 0)
    await redis.start()
  })
})
