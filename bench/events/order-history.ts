// What the order history costs beside the hot path: writers append what checkouts append, in batches as the command
// runner makes them; the projection follows in this process. Run: node bench/events/order-history.ts [checkouts/s] [s]
import { readFileSync } from 'node:fs'
import { systemClock, systemRandom } from 'banyan/core'
import { createDatabase, type Database } from 'banyan/data'
import { startConsumer, toConsumer } from 'banyan/events'
import { appendEvents, createLogSource, type NewEvent } from 'banyan/log'
import { silentLogger } from 'banyan/observe'
import { startTestPostgres } from 'banyan/testing'
import { orderHistory } from '../../packages/shop/src/orders/projections/order-history.ts'

const [ratePerSecond = 2_000, seconds = 10] = process.argv.slice(2).map(Number)
const BATCH = 16
const USERS = 1_000
const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' })

const postgres = await startTestPostgres({ settings: { shared_buffers: '256MB' } })
const areas = (...names: string[]) =>
  names.map((area) => ({ area, folder: new URL(`../../packages/banyan/src/${area}/migrations/`, import.meta.url) }))
const shopFolder = new URL('../../packages/shop/src/orders/migrations/', import.meta.url)
const orders = createDatabase(
  await postgres.schema('orders', [...areas('log', 'events'), { area: 'orders', folder: shopFolder }]),
)
const payments = createDatabase(await postgres.schema('payments', areas('log')))
const reading = createDatabase({ ...(await postgres.schema('orders')), name: 'reading' })
const readingPayments = createDatabase({ ...(await postgres.schema('payments')), name: 'reading' })

let statements = 0
const counted = (database: Database): Database => ({
  ...database,
  query: (sql, values) => (statements++, database.query(sql, values)),
  transaction: (work, how) =>
    database.transaction((tx) => {
      statements += 2
      return work({
        query: (sql, values) => (statements++, tx.query(sql, values)),
        execute: (sql, values) => (statements++, tx.execute(sql, values)),
      })
    }, how),
})
const sources = [
  createLogSource({ ...tools, database: counted(reading), log: { producer: 'orders', shard: 0, epoch: 1 } }),
  createLogSource({ ...tools, database: counted(readingPayments), log: { producer: 'payments', shard: 0, epoch: 1 } }),
]

let number = 0
function makeCheckout(): { placed: NewEvent; captured: NewEvent; confirmed: NewEvent } {
  number++
  const userId = String(1 + (number % USERS))
  const random = number.toString(32).padStart(16, '0')
  const [orderId, paymentId] = [`ord_${userId}_${random}`, `pay_${userId}_${random}`]
  const items = [1, 2].map((id) => ({ productId: String(id), name: `Product ${id}`, quantity: 2, unitPrice: usd(999) }))
  const requested = items.map(({ productId, quantity }) => ({ productId, quantity }))
  const order = { aggregateId: orderId, payload: { orderId, userId, items: requested } }
  const total = usd(3_996)
  return {
    placed: { ...order, type: 'orders.order-placed.v1', version: 1 },
    captured: {
      type: 'payments.payment-captured.v1',
      aggregateId: paymentId,
      version: 1,
      payload: { paymentId, orderId, userId, amount: total },
    },
    confirmed: {
      type: 'orders.order-confirmed.v1',
      aggregateId: orderId,
      version: 2,
      payload: { orderId, userId, items, total, paymentId },
    },
  }
}

async function checkOutBatch(): Promise<void> {
  const batch = Array.from({ length: BATCH }, makeCheckout)
  const append = async (database: Database, events: readonly NewEvent[]) => {
    await database.transaction(async (tx) => appendEvents(tx, events))
    for (const source of sources) source.notifyAppend()
  }
  await append(
    orders,
    batch.map((at) => at.placed),
  )
  await append(
    payments,
    batch.map((at) => at.captured),
  )
  await append(
    orders,
    batch.map((at) => at.confirmed),
  )
}

/** Processor seconds of the backends that serve connections of this name, so far. */
async function backendSeconds(): Promise<number> {
  const rows = await reading.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'banyan reading'`,
  )
  return rows.reduce((sum, { pid }) => sum + ticksOf(pid) / 100, 0)
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

async function run(withHistory: boolean): Promise<void> {
  const consumer = withHistory
    ? startConsumer({ ...tools, definition: toConsumer(orderHistory), database: counted(reading), sources })
    : null
  statements = 0
  const before = { backend: await backendSeconds(), node: process.cpuUsage(), at: performance.now(), number }
  const endAt = before.at + seconds * 1_000
  const inFlight = new Set<Promise<void>>()
  for (let sent = 0; performance.now() < endAt; sent += BATCH) {
    const dueAt = before.at + (sent / ratePerSecond) * 1_000
    await systemClock.sleep(Math.max(0, dueAt - performance.now()))
    const batch = checkOutBatch().finally(() => inFlight.delete(batch))
    inFlight.add(batch)
    if (inFlight.size >= 8) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
  const elapsed = (performance.now() - before.at) / 1_000
  const node = process.cpuUsage(before.node)
  const checkouts = number - before.number
  const lagStart = performance.now()
  while (consumer && !(await isCaughtUp())) await systemClock.sleep(5)
  const report = {
    history: withHistory,
    checkoutsPerSecond: Math.round(checkouts / elapsed),
    eventsPerSecond: Math.round((3 * checkouts) / elapsed),
    nodePercent: Math.round((node.user + node.system) / elapsed / 1e4),
    historyBackendPercent: Math.round((100 * ((await backendSeconds()) - before.backend)) / elapsed),
    statementsPerSecond: Math.round(statements / elapsed),
    lagAtEndMs: Math.round(performance.now() - lagStart),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  await consumer?.stop()
}

async function isCaughtUp(): Promise<boolean> {
  const [row] = await reading.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM order_history WHERE document ?& array['captured', 'total', 'placedAt']`,
  )
  return row!.count === number
}

await run(false)
await orders.query('TRUNCATE banyan_log')
await payments.query('TRUNCATE banyan_log')
number = 0
await run(true)
await reading.query('VACUUM banyan_positions').catch(() => null)
for (const source of sources) await source.stop()
for (const database of [orders, payments, reading, readingPayments]) await database.stop()
await postgres.stop()
