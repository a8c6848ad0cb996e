import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from 'banyan/testing'
import { startShop, type ShopFixture } from './testing/shop-fixture.ts'

/** A minute, of an account from one address. */
const FAILED_LOG_INS = 20

let postgres: TestPostgres
let redis: TestRedis
const gateways: ShopFixture[] = []
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  redis = await startTestRedis()
  for (const name of ['one', 'two']) {
    gateways.push(await startShop({ postgres, name, environment: { REDIS_URL: redis.url } }))
  }
})
after(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  await postgres?.stop()
  await redis?.stop()
})

test('an account has one limit of failed log-ins at two gateways; the right password does not count', async () => {
  const logIn = async (turn: number, email: string, password: string) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ email, password }) }
    return (await fetch(`${gateways[turn % 2]!.url}/api/v2/sessions`, init)).status
  }
  for (let turn = 0; turn < 6; turn++) assert.equal(await logIn(turn, 'customer2@example.com', 'banyan-demo'), 201)
  const startedMs = performance.now()
  const guesses = Array.from({ length: 32 }, (_, turn) => logIn(turn, 'customer2@example.com', 'a wrong guess'))
  const wrong = (await Promise.all(guesses)).filter((status) => status === 401).length
  const back = Math.ceil((performance.now() - startedMs) / (60_000 / FAILED_LOG_INS))
  assert.ok(wrong >= FAILED_LOG_INS && wrong <= FAILED_LOG_INS + back, `${wrong} guesses`)
  const next = await Promise.all([0, 1].map((turn) => logIn(turn, 'customer2@example.com', 'a wrong guess')))
  assert.ok(next.includes(429), String(next))
  assert.equal(await logIn(1, 'customer3@example.com', 'banyan-demo'), 201)
})
