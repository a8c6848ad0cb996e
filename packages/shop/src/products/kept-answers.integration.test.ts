import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { appendPurge } from 'banyan/cache'
import { systemRandom } from 'banyan/core'
import { startTestPostgres, startTestRedis, until, type TestPostgres, type TestRedis } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

/** Longer than any event takes, shorter than the age at which a kept answer ends by itself. */
const BOUND_MS = 3_000

const LAST_EVENT = 'SELECT max(version) AS version FROM banyan_log WHERE aggregate_id = $1'

for (const withRedis of [false, true]) {
  describe(`two gateways that keep products${withRedis ? ', and Redis' : ''}`, () => {
    let postgres: TestPostgres
    let redis: TestRedis | null = null
    let one: ShopFixture
    let two: ShopFixture
    let admin = ''
    let customer = { token: '', id: '' }

    before(async () => {
      postgres = await startTestPostgres({ fsync: false })
      if (withRedis) redis = await startTestRedis()
      const environment: Record<string, string> = redis ? { REDIS_URL: redis.url } : {}
      one = await startShop({ postgres, name: 'one', environment })
      two = await startShop({ postgres, name: 'two', environment })
      admin = (await logIn(one.admin.email, one.admin.password)).token
      customer = await logIn('customer1@example.com', 'banyan-demo')
    })
    after(async () => {
      await one?.stop()
      await two?.stop()
      await postgres?.stop()
      await redis?.stop()
    })

    test('a product is read once and shown many times, the same by both', async () => {
      const first = await read(one, '10')
      let again = await read(one, '10')
      // A process that has just begun still hears of what was before it.
      for (let turn = 0; !again.cache.startsWith('l1-hit'); turn++) {
        assert.ok(turn < 100, again.cache)
        again = await read(one, '10')
      }
      assert.deepEqual([again.etag, again.text], [first.etag, first.text])
      assert.equal((await read(two, '10')).text, first.text)
    })

    test('a change is seen at once where it was made, and soon at the other', async () => {
      await Promise.all([read(one, '11'), read(two, '11')])
      await change(one, '11', 4_711)
      assert.match((await read(one, '11')).text, /4711/)
      const startedMs = performance.now()
      while (!/4711/.test((await read(two, '11')).text)) {
        assert.ok(performance.now() - startedMs < BOUND_MS, 'the event did not end the old answer')
        await pause(5)
      }
    })

    test('who shows the token of a write sees it at the other, too', async () => {
      for (let price = 5_001; price < 5_021; price++) {
        await read(two, '12')
        const { token } = await change(one, '12', price)
        assert.match((await read(two, '12', { 'consistency-token': token })).text, new RegExp(String(price)))
      }
    })

    test('who buys sees the stock go, in the product and in the list', async () => {
      const before = available((await read(one, '13')).text)
      await list(one)
      const order = { items: [{ productId: '13', quantity: 1 }], paymentMethod: 'pm_visa' }
      assert.equal(
        (await send(one, `POST /users/${customer.id}/orders`, { body: order, token: customer.token })).status,
        201,
      )
      assert.equal(available((await read(one, '13')).text), before - 1)
      const listed = (await list(one)).find(({ id }) => id === '13')
      assert.equal(listed?.available, before - 1)
    })

    test('what is asked for in vain is there once it has been made', async () => {
      const { data } = (await (await create('First')).json()) as { data: { id: string } }
      const next = String(Number(data.id) + 1)
      assert.equal((await read(one, next)).status, 404)
      assert.equal((await create('Second')).status, 201)
      assert.equal((await read(one, next)).status, 200)
    })

    test('what has been deleted is gone at once where it was deleted, and soon at the other', async () => {
      const { data } = (await (await create('Short-lived')).json()) as { data: { id: string } }
      for (const shop of [one, two]) assert.equal((await read(shop, data.id)).status, 200)
      assert.equal((await send(one, `DELETE /products/${data.id}`, { body: {}, token: admin })).status, 200)
      assert.equal((await read(one, data.id)).status, 404)
      await until(async () => (await read(two, data.id)).status === 404, 'the event ended the copy')
      for (const shop of [one, two]) assert.equal((await read(shop, data.id)).status, 404)
    })

    test('what a writer brought outlives the event of its write: nobody asks for it again', async () => {
      let price = 7_000
      // On a busy machine Redis may be asked for longer than anybody waits for it.
      await until(async () => {
        price += 1
        assert.ok(price <= 7_020, 'the other asked the service twenty times')
        await Promise.all([read(one, '15'), read(two, '15')])
        await change(one, '15', price)
        await untilHeard()
        const [here, there] = [await read(one, '15'), await read(two, '15')]
        assert.match(here.cache, /^l1-hit/)
        for (const { text } of [here, there]) assert.match(text, new RegExp(String(price)))
        return !withRedis || there.cache.startsWith('l2-hit')
      }, 'the other was answered from Redis')
      const { shards } = one.running.services.get('products')!
      const [last] = await shards.root.query<{ version: number }>(LAST_EVENT, ['15'])
      const { etag } = await read(one, '15')
      assert.ok(etag?.startsWith(`"v2-p${last!.version}.`), 'the event has the version of the row')
    })

    test('a purge, asked for by the log, reaches both', async () => {
      await untilHeard()
    })

    /** Whatever the log told of until now has been heard by both. */
    async function untilHeard(): Promise<void> {
      await Promise.all([read(one, '14'), read(two, '14')])
      const { shards } = one.running.services.get('products')!
      await shards.root.transaction(async (tx) =>
        appendPurge(tx, { service: 'products', tags: ['product-14'], random: systemRandom }),
      )
      for (const shop of [one, two]) {
        const startedMs = performance.now()
        while ((await read(shop, '14')).cache.startsWith('l1-hit')) {
          assert.ok(performance.now() - startedMs < BOUND_MS, 'the purge was not heard of')
          await pause(5)
        }
      }
    }

    async function read(shop: ShopFixture, id: string, headers: Record<string, string> = {}) {
      const response = await fetch(`${shop.url}/api/v2/products/${id}`, { headers })
      const cache = response.headers.get('x-cache')!
      return { status: response.status, etag: response.headers.get('etag'), cache, text: await response.text() }
    }

    async function list(shop: ShopFixture) {
      const response = await fetch(`${shop.url}/api/v2/products?limit=50`)
      return ((await response.json()) as { data: { id: string; available: number }[] }).data
    }

    async function change(shop: ShopFixture, id: string, amountMinor: number) {
      const body = { name: `Product ${id}`, price: { amountMinor, currency: 'USD' } }
      const response = await send(shop, `PUT /products/${id}`, { body, token: admin })
      assert.equal(response.status, 200, await response.text())
      return { token: response.headers.get('consistency-token')! }
    }

    function create(name: string) {
      const body = { name, price: { amountMinor: 100, currency: 'USD' } }
      return send(one, 'POST /products', { body, token: admin })
    }

    async function logIn(email: string, password: string) {
      const response = await send(one, 'POST /sessions', { body: { email, password } })
      const { data } = (await response.json()) as { data: { accessToken: string; user: { id: string } } }
      return { token: data.accessToken, id: data.user.id }
    }
  })
}

function available(text: string): number {
  return (JSON.parse(text) as { data: { available: number } }).data.available
}

interface Sent {
  readonly body: object
  readonly token?: string
}

function send({ url }: ShopFixture, route: string, { body, token }: Sent) {
  const [method = '', path = ''] = route.split(' ')
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  return fetch(`${url}/api/v2${path}`, { method, headers, body: JSON.stringify(body) })
}
