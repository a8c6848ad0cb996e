/**
 * Event lag of the real shop as services, from the commit of an order's event to the commit of a consumer in a process and a database of
 * its own, under checkouts over HTTP; over the feed and over NATS JetStream: `node bench/events/shop-lag.ts [orders/s] [seconds] [feed|nats]`.
 * PostgreSQL itself says when each was committed (`track_commit_timestamp`).
 */
import { execFile } from 'node:child_process'
import { loadavg } from 'node:os'
import { promisify } from 'node:util'
import { createDatabase, type ConnectionOptions, type Database } from 'banyan/data'
import { startTestNats, startTestPostgres } from 'banyan/testing'
import { logInCustomers, stockUp } from '../checkout/shop-client.ts'
import { startShop } from '../checkout/shop.ts'

const [rate = '500', seconds = '10', only = ''] = process.argv.slice(2)
const GENERATOR = new URL('../checkout/generate.ts', import.meta.url).pathname
const FOLDER = new URL('./shop/', import.meta.url).pathname
const CLIENTS = 64

if (only !== 'nats') await measure('feed', {})
if (only !== 'feed') {
  await using nats = await startTestNats()
  await measure('NATS', { NATS_URL: nats.url })
}

async function measure(name: string, environment: Record<string, string>): Promise<void> {
  await using postgres = await startTestPostgres({ settings: { track_commit_timestamp: 'on', max_connections: '300' } })
  const { connection } = postgres
  const { host, user, database } = connection
  const url = `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`
  const settings = { BANYAN_TOPOLOGY: 'microservices', DATABASE_URL: url, RATE_LIMIT_PER_SECOND: '0', ...environment }
  await using shop = await startShop(settings, FOLDER)
  const customers = await logInCustomers(shop.url, 100)
  const productIds = Array.from({ length: 1_000 }, (_, index) => String(index + 1))
  await stockUp(shop.url, productIds, 1_000_000)
  const load = {
    url: shop.url,
    customers,
    products: 1_000,
    itemsPerOrder: 2,
    clients: CLIENTS,
    ratePerSecond: Number(rate),
  }
  const run = (forSeconds: number) =>
    promisify(execFile)(process.execPath, [GENERATOR, JSON.stringify({ ...load, seconds: forSeconds })])
  await run(3) // warms up
  await using lag = openService(connection, 'lag')
  await using orders = openService(connection, 'orders')
  await settle(lag, orders)
  const first = await count(lag, 'applied')
  const { stdout } = await run(Number(seconds))
  await settle(lag, orders)
  const lags = await readLags(orders, lag)
  const measured = lags.slice(first)
  const at = (part: number) => measured.toSorted((a, b) => a - b)[Math.floor((measured.length - 1) * part)]!.toFixed(1)
  const { perSecond, p99, notOk, errors } = JSON.parse(stdout) as Record<string, number>
  const recorded = await count(orders, 'banyan_log')
  console.log(
    `${name}: ${perSecond} orders/s (p99 ${p99} ms, ${notOk! + errors!} failed), ${measured.length} events, applied ${first + measured.length} of ${recorded}, lag p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ` +
      `max ${at(1)} ms; load ${loadavg()[0]!.toFixed(1)}`,
  )
}

async function count(database: Database, table: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)
  return row!.count
}

/** Until all is applied that was recorded, or nothing has come for ten seconds: a consumer that stalls is late, and not left out. */
async function settle(lag: Database, orders: Database): Promise<void> {
  let applied = -1
  for (let sinceMs = performance.now(); performance.now() - sinceMs < 10_000;) {
    const now = await count(lag, 'applied')
    if (now === (await count(orders, 'banyan_log'))) return
    if (now !== applied) sinceMs = performance.now()
    applied = now
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Milliseconds between the commits of each event and of its consumer, in the order of the events. */
async function readLags(orders: Database, lag: Database): Promise<number[]> {
  const applied = new Map((await readCommits(lag, 'applied')).map(({ event, ms }) => [event, ms]))
  const recorded = await readCommits(orders, 'banyan_log')
  return recorded.filter(({ event }) => applied.has(event)).map(({ event, ms }) => applied.get(event)! - ms)
}

/** The platform's name for a service's own database in a server that is not its own. */
function openService(connection: ConnectionOptions, name: string): Database {
  const own = { ...connection, database: `${connection.database}_${name}` }
  return createDatabase({ name, connection: own, schema: name, role: `banyan_${name}` })
}

async function readCommits(database: Database, table: string) {
  const rows = await database.query<{ event: string; micros: string }>(
    `SELECT aggregate_id || ':' || version AS event,
       (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint::text AS micros
     FROM ${table} ORDER BY 2`,
  )
  return rows.map(({ event, micros }) => ({ event, ms: Number(micros) / 1_000 }))
}
