import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { backupApp, restoreApp } from 'banyan/runtime'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { shop as app } from '../app.ts'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

const BUYERS = 12
const SECRET = 'a secret of the tests, the same in every process' // of the fixture

let folder: string
let servers: [from: TestPostgres, to: TestPostgres]
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-backup-'))
  servers = [await startTestPostgres({ fsync: false }), await startTestPostgres({ fsync: false })]
})
after(async () => {
  for (const server of servers ?? []) await server.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a backup taken while orders are placed restores to a shop that finishes them, and whose books agree', async () => {
  const [from, to] = servers
  const backupFolder = join(folder, 'backup')
  const before = await startShop({ postgres: from })
  const load = buy(before)
  await until(() => load.confirmed.length >= 60)
  const acknowledged = [...load.confirmed]
  await backupApp({ app, environment: environmentOf(from), folder: backupFolder })
  const duringBackup = load.confirmed.length - acknowledged.length
  await load.stop()
  await before.stop()
  assert.ok(duringBackup > 0, 'the shop sold nothing while the backup was taken')

  await restoreApp({ app, environment: environmentOf(to), folder: backupFolder })
  await using restored = await startShop({ postgres: to })
  for (const orderId of acknowledged) assert.equal((await restored.orders.getOrder({ orderId })).status, 'confirmed')
  await until(async () => (await openOrders(restored)) === 0)
  assert.deepEqual(await restored.faults(), [])
  // Sequences and keys go on where they were.
  const [orderId] = acknowledged
  const again = await restored.ordersAs('7').placeOrder({ ...ORDER, userId: '7' }, { key: 'after the restore' })
  assert.equal(again.status, 'confirmed')
  assert.notEqual(again.id, orderId)
})

const ORDER = { items: [{ productId: '10', quantity: 1 }], paymentMethod: 'pm_visa' }

/** Buys without a pause until it is stopped. */
function buy(shop: ShopFixture) {
  const confirmed: string[] = []
  let stopped = false
  const buyer = async (at: number) => {
    for (let round = 0; !stopped; round++) {
      const userId = String(2 + at)
      const items = [{ productId: String(1 + ((at * 31 + round) % 900)), quantity: 1 }]
      const order = await shop.ordersAs(userId).placeOrder({ userId, items, paymentMethod: 'pm_visa' })
      if (order.status === 'confirmed') confirmed.push(order.id)
    }
  }
  const buyers = Promise.all(Array.from({ length: BUYERS }, (_, at) => buyer(at)))
  return {
    confirmed,
    stop: () => {
      stopped = true
      return buyers
    },
  }
}

async function openOrders(shop: ShopFixture): Promise<number> {
  const { items } = await shop.orders.listOrders({ status: 'pending', limit: 100 })
  return items.length
}

function environmentOf({ connection: { host, user, database } }: TestPostgres) {
  return {
    NODE_ENV: 'test',
    BANYAN_DATA: folder,
    BANYAN_SECRET: SECRET,
    DATABASE_URL: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`,
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadlineMs = performance.now() + 30_000; performance.now() < deadlineMs;) {
    if (await condition()) return
    await setTimeout(20)
  }
  assert.fail('not within 30 s')
}
