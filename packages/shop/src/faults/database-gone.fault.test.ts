import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock } from 'banyan/core'
import type { Middleware } from 'banyan/mesh'
import { startPostgresProxy, startTestPostgres, type PostgresProxy, type TestPostgres, until } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import { createShopClient, logInCustomers, type Login, type Order, type ShopClient } from './testing/shop-client.ts'
import type { Answer } from 'banyan/runtime'

/** Longer than a lease, and than a wait for a connection (5 s) with the longest statement (5 s) after it. */
const OUTAGE_MS = 11_000
const UNDER_WAY = 20

describe('the database is gone for a while', () => {
  let postgres: TestPostgres
  let proxy: PostgresProxy
  let shop: ShopFixture
  let client: ShopClient
  let buyer: Login
  const gone = Promise.withResolvers<void>()
  let held = 0
  /** Orders of the first kind stand before their charge until the database is gone. */
  const hold: Middleware = (next) => async (request) => {
    if (request.id === 'payments.charge' && held < UNDER_WAY) {
      held++
      await gone.promise
    }
    return next(request)
  }

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    proxy = await startPostgresProxy(postgres.connection)
    shop = await startShop({ postgres: proxy, middleware: [hold] })
    client = createShopClient({ url: shop.url })
    ;[buyer] = (await logInCustomers(client, 1)) as [Login]
  })
  after(async () => {
    proxy?.restore()
    await shop?.stop()
    await proxy?.stop()
    await postgres?.stop()
  })

  test('requests fail fast and say how to repeat; nothing is lost or doubled; it heals by itself', async () => {
    const underWay = Array.from({ length: UNDER_WAY }, (_, index) => place(`under way ${index}`))
    await until(async () => held === UNDER_WAY)
    proxy.cutOff()
    gone.resolve()
    const began = systemClock.monotonicMs()
    const meanwhile: Promise<Answer>[] = []
    while (systemClock.monotonicMs() - began < OUTAGE_MS) {
      await assertRefusedFast('GET', `/api/v2/users/${buyer.id}/orders`)
      await assertRefusedFast('POST', `/api/v2/users/${buyer.id}/orders`)
      const ready = await client.request('GET', '/health/ready')
      assert.equal(ready?.status, 503)
      assert.ok(JSON.stringify(ready.body.error).includes('database of orders'), JSON.stringify(ready.body))
      meanwhile.push(place(`meanwhile ${meanwhile.length}`, '12'))
      await systemClock.sleep(500)
    }
    proxy.restore()
    const restored = systemClock.monotonicMs()
    await until(async () => (await client.request('GET', '/health/ready'))?.status === 200)
    const healedMs = systemClock.monotonicMs() - restored
    assert.ok(healedMs < 3_000, `ready only ${healedMs} ms after the database was back`)

    const answers = await Promise.all([...underWay, ...meanwhile])
    const others = answers.filter(({ status }) => status !== 201)
    assert.deepEqual(
      others.map(({ body }) => body.error),
      [],
    )
    const ids = new Set(answers.map(({ body }) => (body.data as Order).id))
    assert.equal(ids.size, answers.length, 'one order a key')
    assert.equal((await shop.orders.listOrders({ limit: 100 })).items.length, answers.length)
  })

  test('afterwards the books balance, once the consumers have caught up', async () => {
    await until(async () => (await shop.faults()).length === 0)
  })

  function place(key: string, productId = '10'): Promise<Answer> {
    const body = { items: [{ productId, quantity: 1 }], paymentMethod: 'pm_visa' }
    return client.insist('POST', `/api/v2/users/${buyer.id}/orders`, { login: buyer, key, body })
  }

  /** Without a key: nobody repeats it, so it must leave nothing. */
  async function assertRefusedFast(method: string, path: string): Promise<void> {
    const began = systemClock.monotonicMs()
    const body = { items: [{ productId: '11', quantity: 1 }], paymentMethod: 'pm_visa' }
    const answer = await client.request(method, path, { token: buyer.token, ...(method === 'POST' ? { body } : {}) })
    const tookMs = systemClock.monotonicMs() - began
    assert.equal(answer?.status, 503, JSON.stringify(answer?.body))
    assert.match(answer.body.error!.retry, /^(safe|same-key)$/)
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    assert.ok(tookMs < 1_500, `${method} was refused only after ${tookMs} ms`)
  }
})
