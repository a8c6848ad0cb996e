import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from 'banyan/testing'
import { startShop, type ShopFixture } from './testing/shop-fixture.ts'

const LIMIT = 50

let postgres: TestPostgres
let redis: TestRedis
const gateways: ShopFixture[] = []
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  redis = await startTestRedis()
  const environment = { REDIS_URL: redis.url, RATE_LIMIT_PER_SECOND: String(LIMIT) }
  for (const name of ['one', 'two']) gateways.push(await startShop({ postgres, name, environment }))
})
after(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  await postgres?.stop()
  await redis?.stop()
})

test('a client has one rate limit at two gateways over one Redis', async () => {
  const startedMs = performance.now()
  const ask = async (turn: number) => (await fetch(`${gateways[turn % 2]!.url}/api/v2/products/1`)).status
  const statuses: number[] = []
  for (let turn = 0; turn < 400; turn += 8) {
    statuses.push(...(await Promise.all(Array.from({ length: 8 }, (_, index) => ask(turn + index)))))
  }
  const allowed = statuses.filter((status) => status === 200).length
  const seconds = (performance.now() - startedMs) / 1_000
  assert.ok(statuses.includes(429), 'it was not asked for more than the quota')
  // What comes back meanwhile, and the twentieth that each may give too much.
  const most = LIMIT * (1 + seconds) + 2 * Math.ceil(LIMIT / 20)
  assert.ok(allowed >= LIMIT && allowed <= most, `${allowed} of at most ${most}`)
})
