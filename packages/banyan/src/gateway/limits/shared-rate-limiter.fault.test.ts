import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createCircuit, createRedisClient, type RedisClient } from '../../cache/index.ts'
import { systemClock as clock } from '../../core/index.ts'
import { createMetrics, silentLogger } from '../../observe/index.ts'
import { rateLimiterSuite, startTestRedis, type TestRedis } from '../../testing/index.ts'
import { createLocalRateLimiter, type RateLimiter } from './rate-limiter.ts'
import { createSharedRateLimiter } from './shared-rate-limiter.ts'
import { createSpendLedger, readSpendScripts } from './spend-ledger.ts'

const WINDOW_MS = 600_000

rateLimiterSuite('in memory', async () => ({
  create: (quota) => createLocalRateLimiter({ ...quota, clock }),
  stop: async () => undefined,
}))

rateLimiterSuite('shared through Redis', async () => {
  const redis = await startTestRedis()
  const client = await connect(redis)
  let turn = 0
  return {
    create: (quota) => limiterOf(client, { ...quota, gateway: 'one', prefix: `suite-${turn++}` }),
    async stop() {
      await client.stop()
      await redis.stop()
    },
  }
})

describe('a rate limit shared by gateways', () => {
  let redis: TestRedis
  let clients: RedisClient<'spend'>[] = []
  let gateways: RateLimiter[] = []
  before(async () => {
    redis = await startTestRedis()
  })
  beforeEach(async () => {
    await redis.command('FLUSHALL')
    await Promise.all(clients.map((client) => client.stop()))
    clients = await Promise.all([connect(redis), connect(redis)])
    gateways = clients.map((client, index) =>
      limiterOf(client, { limit: 200, windowMs: WINDOW_MS, gateway: String(index), prefix: 'test' }),
    )
    await untilBothTell()
  })
  after(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    await redis.stop()
  })

  /** Takes at each in turn; how many were let through. */
  async function takeAtBoth(client: string, count: number): Promise<number> {
    let allowed = 0
    for (let i = 0; i < count; i++) if ((await gateways[i % 2]!.take(client)).allowed) allowed += 1
    return allowed
  }

  test('two gateways give one quota, and at most a twentieth each above it', async () => {
    const allowed = await takeAtBoth('a', 600)
    assert.ok(allowed >= 200 && allowed <= 220, `${allowed} of 200`)
  })

  test('most requests do not wait for Redis', async () => {
    let waited = 0
    for (let i = 0; i < 200; i++) {
      const answer = gateways[0]!.take('a')
      if (answer instanceof Promise) waited += 1
      await answer
    }
    assert.ok(waited <= 40, `${waited} of 200 waited`)
    assert.equal(
      gateways[0]!.take('another') instanceof Promise,
      false,
      'the first request of a client waits for nobody',
    )
  })

  test('what one let through the other soon knows, also of a client that it sees for the first time', async () => {
    for (let i = 0; i < 200; i++) await gateways[0]!.take('a')
    await untilCounted('a')
    const allowed = await takeAtBoth('a', 100)
    assert.ok(allowed <= 20, `${allowed} more`)
  })

  for (const [what, begin, end] of [
    ['killed', () => redis.kill(), () => redis.start()],
    ['frozen', async () => redis.freeze(), async () => redis.resume()],
  ] as const) {
    test(`Redis ${what}: each gateway gives its share; back: one quota again`, async () => {
      // By then each hears of the other.
      await Promise.all(gateways.map(async (gateway, index) => gateway.take(String(index))))
      await untilCounted('0')
      await untilCounted('1')
      await begin()
      try {
        // The first notices, and waits once for as long as a command may take.
        while ((await takeAtBoth('notices', 2)) > 0) await pause(1)
        const allowed = await takeAtBoth('a', 600)
        assert.ok(allowed >= 190 && allowed <= 220, `${allowed} of 200`)
      } finally {
        await end()
      }
      await untilBothTell()
      const allowed = await takeAtBoth('b', 600)
      assert.ok(allowed >= 200 && allowed <= 220, `${allowed} of 200`)
    })
  }

  const untilCounted = (client: string) => until(async () => redis.command('EXISTS', `{test-rate}c:${client}`), ':1')

  /** Each asks again by itself, once a second. */
  async function untilBothTell(): Promise<void> {
    await redis.command('DEL', '{test-rate}gateways')
    await until(async () => {
      await takeAtBoth('probe', 2)
      return redis.command('ZCARD', '{test-rate}gateways')
    }, ':2')
  }
})

async function until(look: () => Promise<string>, expected: string): Promise<void> {
  const startedMs = performance.now()
  while (!(await look()).startsWith(expected)) {
    assert.ok(performance.now() - startedMs < 10_000, 'nobody told Redis')
    await pause(5)
  }
}

interface Gateway {
  readonly limit: number
  readonly windowMs: number
  readonly gateway: string
  readonly prefix: string
}

function limiterOf(client: RedisClient<'spend'>, { gateway, prefix, ...quota }: Gateway): RateLimiter {
  const circuit = createCircuit({ clock, metrics: createMetrics() })
  return createSharedRateLimiter({ ...quota, clock, ledger: createSpendLedger({ client, circuit, prefix, gateway }) })
}

async function connect(redis: TestRedis): Promise<RedisClient<'spend'>> {
  const client = await createRedisClient({ url: redis.url, logger: silentLogger, scripts: readSpendScripts() })
  await client.connected(new AbortController().signal)
  return client
}
