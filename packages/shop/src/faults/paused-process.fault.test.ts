import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { startTestPostgres, type TestPostgres, until } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import type { CrashPlan } from './testing/crashing-shop.ts'
import { startChild } from './testing/shop-child.ts'
import { createShopClient, logInCustomers, type Order } from './testing/shop-client.ts'

const CHILD = fileURLToPath(new URL('./testing/crashing-shop.ts', import.meta.url))
const ORDERS = 30

describe('a process that is stopped for longer than its lease, and comes back', () => {
  let postgres: TestPostgres
  let survivor: ShopFixture
  let scratch: string

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'paused-'))
    postgres = await startTestPostgres({ fsync: false })
    survivor = await startShop({ postgres, name: 'survivor' })
  })
  after(async () => {
    await survivor?.stop()
    await postgres?.stop()
    await rm(scratch, { recursive: true, force: true })
  })

  test('the other one finishes its orders; back again it changes nothing and answers what the other did', async () => {
    const sleeper = await startSleeper()
    const client = createShopClient({ url: sleeper.url })
    const [buyer] = await logInCustomers(client, 1)
    // Two failures of the provider keep each order under way for some tenths of a second.
    const body = { items: [{ productId: '10', quantity: 1 }], paymentMethod: 'pm_error' }
    const placing = Array.from({ length: ORDERS }, (_, index) =>
      client.insist('POST', `/api/v2/users/${buyer!.id}/orders`, { login: buyer!, key: `order ${index}`, body }),
    )
    const open = async () => (await survivor.orders.listOrders({ status: 'pending', limit: 100 })).items.length
    await until(async () => (await open()) === ORDERS)
    process.kill(sleeper.processId, 'SIGSTOP')
    try {
      await until(async () => (await open()) === 0)
    } finally {
      process.kill(sleeper.processId, 'SIGCONT')
    }
    const sagas = await survivor.running.services
      .get('orders')!
      .shards.root.query<{ fence: number; owner: string }>('SELECT DISTINCT fence, owner FROM banyan_sagas')
    assert.deepEqual(sagas, [{ fence: 2, owner: 'survivor' }])
    const answers = await Promise.all(placing)
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
    assert.equal(new Set(answers.map(({ body: { data } }) => (data as Order).id)).size, ORDERS)
    await sleeper.stop()
    assert.deepEqual(await survivor.faults(), [])
  })

  function startSleeper() {
    const { connection } = postgres
    const plan: CrashPlan = { connection, name: 'sleeper' }
    return startChild([CHILD, JSON.stringify(plan)], { ...process.env, TMPDIR: scratch })
  }
})
