// The producing process of bench/events/lag.ts: places orders at a steady rate and serves its log over the stream wire.
import { defineContract } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { createDatabase, type DatabaseOptions } from 'banyan/data'
import { createNatsLink, createRelay } from 'banyan/events'
import { appendEvents, createLogFeed, createLogSource, firstLog, type NewEvent, withLogOperations } from 'banyan/log'
import { createCredentials, createServiceEndpoint, loadTransport } from 'banyan/mesh'
import { silentLogger } from 'banyan/observe'

const [databaseText, address, natsUrl] = process.argv.slice(2) as [string, string, string]
const clock = systemClock
const tools = { clock, random: systemRandom, logger: silentLogger }
const database = createDatabase(JSON.parse(databaseText) as DatabaseOptions)
const source = createLogSource({ ...tools, database, log: firstLog('orders') })
const contract = withLogOperations(defineContract({ name: 'orders', operations: {} }))
const endpoint = createServiceEndpoint({ ...tools, contract, operations: createLogFeed({ source, clock }) })
const credentials = createCredentials({ names: ['orders'], secret: Buffer.alloc(32, 7), clock })
const transport = await loadTransport('stream', { contracts: [contract], release: 'bench' })
await transport.serve({ ...tools, address, endpoints: [endpoint], credentials })
if (natsUrl) {
  const link = createNatsLink({ ...tools, url: natsUrl, name: 'orders-1' })
  createRelay({ ...tools, link, source, database, processName: 'orders-1' })
}
const committed: [event: string, atMs: number][] = []
let gathering: { readonly events: NewEvent[]; readonly done: Promise<void> } | null = null
let last: Promise<void> = Promise.resolve()

process.send!('ready')
process.on('message', ({ ratePerSecond, seconds }: { ratePerSecond: number; seconds: number }) => {
  committed.length = 0
  void run(ratePerSecond, seconds).then(() => process.send!(committed))
})

async function run(ratePerSecond: number, seconds: number): Promise<void> {
  const startMs = clock.monotonicMs()
  const running: Promise<void>[] = []
  for (let number = 0; number < ratePerSecond * seconds; number++) {
    const waitMs = startMs + (number / ratePerSecond) * 1_000 - clock.monotonicMs()
    if (waitMs > 1) await clock.sleep(waitMs)
    running.push(placeOrder(`ord_${1 + (number % 1_000)}_${startMs.toString(36)}${number}`))
  }
  await Promise.all(running)
}

/** Placed in one transaction, confirmed in the next, as checkouts do. */
async function placeOrder(orderId: string): Promise<void> {
  await append('orders.order-placed.v1', orderId, 1)
  await append('orders.order-confirmed.v1', orderId, 2)
}

/** While one transaction is at the database the next one gathers, as in the command runner. */
function append(type: string, aggregateId: string, version: number): Promise<void> {
  const items = [1, 2].map((id) => ({ productId: String(id), name: `Product ${id}`, quantity: 2, unitPriceMinor: 999 }))
  if (!gathering) {
    const events: NewEvent[] = []
    gathering = { events, done: last.then(() => commit(events)) }
    last = gathering.done
  }
  gathering.events.push({ type, aggregateId, version, payload: { orderId: aggregateId, items } })
  return gathering.done
}

async function commit(events: readonly NewEvent[]): Promise<void> {
  gathering = null
  await database.transaction(async (tx) => appendEvents(tx, events))
  source.notifyAppend()
  const nowMs = performance.timeOrigin + performance.now()
  for (const { aggregateId, version } of events) committed.push([`${aggregateId}:${version}`, nowMs])
}
