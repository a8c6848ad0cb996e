import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from 'banyan/testing'
import { startShop, type ShopFixture } from './testing/shop-fixture.ts'

const LIMIT = 50
/** A minute, of an account from one address. */
const FAILED_LOG_INS = 20

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

test('an account has one limit of failed log-ins at two gateways; the right password does not count', async () => {
  const logIn = async (turn: number, email: string, password: string) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ email, password }) }
    return (await fetch(`${gateways[turn % 2]!.url}/api/v2/sessions`, init)).status
  }
  for (let turn = 0; turn < 6; turn++) assert.equal(await logIn(turn, 'customer2@example.com', 'banyan-demo'), 201)
  const startedMs = performance.now()
  const statuses = await Promise.all(
    Array.from({ length: 32 }, (_, turn) => logIn(turn, 'customer2@example.com', 'a wrong guess')),
  )
  const wrong = statuses.filter((status) => status === 401).length
  const back = Math.ceil((performance.now() - startedMs) / (60_000 / FAILED_LOG_INS))
  assert.ok(wrong >= FAILED_LOG_INS && wrong <= FAILED_LOG_INS + back, `${wrong} guesses: ${statuses.join(' ')}`)
  assert.equal(
    await logIn(1, 'customer2@example.com', 'banyan-demo'),
    429,
    'a guess that is right is one too many, too',
  )
  assert.equal(await logIn(1, 'customer3@example.com', 'banyan-demo'), 201)
})
