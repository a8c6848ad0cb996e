import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { systemClock } from 'banyan/core'
import { startTestPostgres, type TestPostgres, until } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import { createShopClient, logInCustomers, type Login, type Order, type ShopClient } from './testing/shop-client.ts'

/** Longer than a lease, than the deadline of a read, than readiness waits. */
const STALL_MS = 6_500
const ORDERS = 40

describe(
  'the database stands still: connections stay open and nothing answers',
  { skip: process.platform !== 'linux' },
  () => {
    let postgres: TestPostgres
    let shop: ShopFixture
    let client: ShopClient
    let buyer: Login

    before(async () => {
      postgres = await startTestPostgres({ fsync: false })
      shop = await startShop({ postgres })
      client = createShopClient({ url: shop.url })
      ;[buyer] = (await logInCustomers(client, 1)) as [Login]
    })
    after(async () => {
      await shop?.stop()
      await postgres?.stop()
    })

    test('reads end at their deadline, readiness says so in time, and afterwards all goes on', async () => {
      const placing = Array.from({ length: ORDERS }, (_, index) => place(`order ${index}`))
      await until(async () => (await shop.orders.listOrders({ limit: 1 })).items.length > 0)
      const processes = await serverProcesses(postgres.embedded.processId)
      for (const id of processes) process.kill(id, 'SIGSTOP')
      const began = systemClock.monotonicMs()
      try {
        const path = `/api/v2/users/${buyer.id}/orders`
        const [read, ready] = await Promise.all([
          client.request('GET', path, { token: buyer.token }),
          client.request('GET', '/health/ready'),
        ])
        const tookMs = systemClock.monotonicMs() - began
        assert.ok(read?.status === 504 || read?.status === 503, JSON.stringify(read?.body))
        assert.equal(read.body.error!.retry, 'safe')
        assert.equal(ready?.status, 503)
        assert.ok(tookMs < 6_000, `answered only after ${tookMs} ms`)
        await systemClock.sleep(STALL_MS - tookMs)
      } finally {
        for (const id of processes) process.kill(id, 'SIGCONT')
      }
      const resumed = systemClock.monotonicMs()
      await until(async () => (await client.request('GET', '/health/ready'))?.status === 200)
      assert.ok(systemClock.monotonicMs() - resumed < 3_000, 'it did not heal by itself')
      const answers = await Promise.all(placing)
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
      assert.equal(new Set(answers.map(({ body }) => (body.data as Order).id)).size, ORDERS)
      assert.equal((await shop.orders.listOrders({ limit: 100 })).items.length, ORDERS)
      assert.deepEqual(await shop.faults(), [])
    })

    function place(key: string) {
      const body = { items: [{ productId: '10', quantity: 1 }], paymentMethod: 'pm_visa' }
      return client.insist('POST', `/api/v2/users/${buyer.id}/orders`, { login: buyer, key, body })
    }
  },
)

/** The postmaster and all its children, each of which leads a process group of its own. */
async function serverProcesses(postmaster: number): Promise<number[]> {
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
  return [postmaster, ...children.trim().split(/\s+/).map(Number)]
}
