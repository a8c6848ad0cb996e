import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createDatabase, type Database } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly data: never; readonly error?: { readonly code: string } }
}

describe('a client that has written', () => {
  let postgres: TestPostgres
  let shop: ShopFixture
  let database: Database
  let authorization = ''
  let userId = ''

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    shop = await startShop({ postgres })
    database = createDatabase({ name: 'test', connection: postgres.connection, schema: 'orders' })
    const session = await send('POST /sessions', { email: 'customer1@example.com', password: 'banyan-demo' })
    const { accessToken, user } = session.body.data as { accessToken: string; user: { id: string } }
    authorization = `Bearer ${accessToken}`
    userId = user.id
  })
  after(async () => {
    await database?.stop()
    await shop?.stop()
    await postgres?.stop()
  })

  test('finds its order in the read model with the token, however far that lags', async () => {
    const hold = await holdReadModel()
    const order = await place('pm_visa')
    assert.equal(order.status, 201)
    const token = { 'consistency-token': order.headers.get('consistency-token')! }
    const { id } = order.body.data as { id: string }
    assert.deepEqual(await historyOf({}), [], 'without the token it lags: else this shows nothing')

    const reading = historyOf(token)
    assert.equal(await isSettledWithin(reading, 150), false, 'it waits')
    await hold.release()
    assert.deepEqual(await reading, [[id, 'confirmed', 'captured']], 'with what other services know of it')
  })

  test('finds what was refused too: a declined card has cancelled an order', async () => {
    const hold = await holdReadModel()
    const declined = await place('pm_declined')
    assert.equal(declined.status, 402)
    const reading = historyOf({ 'consistency-token': declined.headers.get('consistency-token')! })
    await hold.release()
    assert.deepEqual((await reading)[0]!.slice(1), ['cancelled', 'declined'])
  })

  test('is told when the read model does not catch up in time, and may read what is there', async () => {
    const hold = await holdReadModel()
    const token = (await place('pm_visa')).headers.get('consistency-token')!
    const late = await history({ 'consistency-token': token })
    assert.deepEqual([late.status, late.body.error?.code], [503, 'events.READ_MODEL_BEHIND'])
    assert.equal(late.headers.get('retry-after'), '1')
    assert.equal((await history({})).status, 200)
    await hold.release()
    assert.equal((await history({ 'consistency-token': token })).status, 200)
  })

  test('a repeat of a key names the write as the first answer did', async () => {
    const first = await place('pm_visa', 'read-your-writes-1')
    const again = await place('pm_visa', 'read-your-writes-1')
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    assert.ok(first.headers.get('consistency-token') && again.headers.get('consistency-token'))
  })

  test('reads bring none, and a token that nobody signed is refused where it would matter', async () => {
    const product = await fetch(`${shop.url}/api/v2/products/1`, { headers: { 'consistency-token': 'x' } })
    assert.deepEqual([product.status, product.headers.get('consistency-token')], [200, null])
    assert.equal(product.headers.get('set-cookie'), null)
    assert.equal((await history({ 'consistency-token': 'x' })).status, 400)
  })

  function place(paymentMethod: string, key?: string): Promise<Answered> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
    return send(`POST /users/${userId}/orders`, { items: [{ productId: '3', quantity: 1 }], paymentMethod }, headers)
  }

  function history(headers: Record<string, string>): Promise<Answered> {
    return send(`GET /users/${userId}/order-history`, undefined, headers)
  }

  async function historyOf(headers: Record<string, string>): Promise<(string | undefined)[][]> {
    const { status, body } = await history(headers)
    assert.equal(status, 200, JSON.stringify(body))
    const entries = body.data as { orderId: string; status: string; paymentStatus?: string }[]
    return entries.map(({ orderId, status: order, paymentStatus }) => [orderId, order, paymentStatus])
  }

  /** As another process does that applies a long batch: the lanes of the read model are taken. */
  async function holdReadModel() {
    const taken = Promise.withResolvers<void>()
    const free = Promise.withResolvers<void>()
    const holding = database.transaction(async (tx) => {
      await tx.query("SELECT FROM banyan_positions WHERE consumer = 'orders.order-history' FOR UPDATE")
      taken.resolve()
      await free.promise
    })
    await taken.promise
    return {
      async release() {
        free.resolve()
        await holding
      },
    }
  }

  async function send(what: string, json?: object, more: Record<string, string> = {}): Promise<Answered> {
    const [method, path] = what.split(' ')
    const headers: Record<string, string> = { 'content-type': 'application/json', ...more }
    if (authorization !== '') headers.authorization = authorization
    const response = await fetch(`${shop.url}/api/v2${path}`, { method, headers, body: json && JSON.stringify(json) })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answered['body'] }
  }
})

async function isSettledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new Promise<false>((resolve) => setTimeout(resolve, ms, false))
  return Promise.race([work.then(() => true), over])
}
