/**
 * What the products service does alone, without wire or gateway: `node bench/products/service.ts [seconds each]`.
 * Own server, fsync on, unix socket; server and service share the machine. Figures in README.md.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createOwnedId, systemRandom } from 'banyan/core'
import { startTestPostgres } from 'banyan/testing'
import { productsService } from '../../packages/shop/src/products/service.ts'
import { startService, storedEvent } from '../../packages/shop/src/testing/service-fixture.ts'

const seconds = Number(process.argv[2] ?? 3)
const PRODUCTS = 1_000

await using postgres = await startTestPostgres({ settings: { shared_buffers: '128MB', max_wal_size: '4GB' } })
await using shop = await startService(productsService, { postgres })
await shop.call('seedCatalogue', {})
await shop.database.query('UPDATE stock SET on_hand = 500000000')
await shop.database.query('VACUUM ANALYZE')

for (const callers of [1, 64, 256]) await measure('getProduct', callers, () => read(anyProduct()))
await measure('getProduct, one product', 64, () => read('7'))
await measure('listProducts, 20 a page', 16, () => shop.call('listProducts', {}))
await measure('listProducts, words', 16, () => shop.call('listProducts', { search: 'brass lamp' }))
await measure('listProducts, attribute', 16, () => shop.call('listProducts', { search: 'dimmable:true' }))

const reserved: string[] = []
for (const callers of [1, 64, 256])
  await measure('reserveStock, 2 lines', callers, () => reserve(anyProduct(), anyProduct()))
await measure('reserveStock, one hot product', 256, () => reserve('7'))
await sell()
await measure('releaseStock', 256, () => release())

const { data: audit } = await shop.call('audit', {})
console.log(audit.findings[0]!.ok ? '' : audit.findings[0]!.rows.slice(0, 3), JSON.stringify(audit.facts))

function anyProduct(): string {
  return String(1 + Math.floor(Math.random() * PRODUCTS))
}

function read(productId: string) {
  return shop.call('getProduct', { productId })
}

function reserve(...productIds: readonly string[]) {
  const orderId = createOwnedId('ord', '42', systemRandom)
  reserved.push(orderId)
  return shop.call('reserveStock', {
    orderId,
    userId: '42',
    items: productIds.map((productId) => ({ productId, quantity: 1 })),
  })
}

function release() {
  return shop.call('releaseStock', {
    orderId: reserved.pop() ?? createOwnedId('ord', '42', systemRandom),
    userId: '42',
  })
}

/** The consumer's side: batches of 128, one after another, as the platform hands them over. */
async function sell(): Promise<void> {
  const start = performance.now()
  let sold = 0
  while (performance.now() < start + seconds * 1000 && reserved.length > 20_000) {
    const batch = reserved.splice(-128)
    await shop.deliver(
      'products.sell-reserved',
      batch.map((orderId) => storedEvent('orders.order-confirmed.v1', orderId, { orderId })),
    )
    sold += batch.length
  }
  const perSecond = Math.round((sold / (performance.now() - start)) * 1000)
  console.log(
    `${'sell-reserved, batches of 128'.padEnd(34)} ${String(1).padStart(4)} ${String(perSecond).padStart(8)}/s`,
  )
}

async function measure(name: string, callers: number, run: () => Promise<unknown>): Promise<void> {
  await loop(callers, 500, run)
  const before = process.cpuUsage()
  const serverBefore = serverCpuMicros()
  const { times, elapsedMs } = await loop(callers, seconds * 1000, run)
  const { user, system } = process.cpuUsage(before)
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(times.length * part)]!.toFixed(2)
  const perSecond = Math.round((times.length / elapsedMs) * 1000)
  const cpu = ((user + system) / times.length).toFixed(1)
  const serverCpu = ((serverCpuMicros() - serverBefore) / times.length).toFixed(1)
  console.log(
    `${name.padEnd(34)} ${String(callers).padStart(4)} ${String(perSecond).padStart(8)}/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${cpu} µs of Node, ${serverCpu} of PostgreSQL each`,
  )
}

/** Processor time of PostgreSQL's processes, from /proc (Linux), in ticks of 10 ms. */
function serverCpuMicros(): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(name))
    .filter(([pid, parent]) => pid === postgres.embedded.processId || parent === postgres.embedded.processId)
  return stats.reduce((sum, [, , ticks]) => sum + ticks, 0) * 10_000
}

function readStat(pid: string): readonly [pid: number, parent: number, ticks: number] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return [Number(pid), Number(fields[1]), Number(fields[11]) + Number(fields[12])]
  } catch {
    return [0, 0, 0] // ended meanwhile
  }
}

async function loop(callers: number, ms: number, run: () => Promise<unknown>) {
  const times: number[] = []
  const start = performance.now()
  const caller = async () => {
    while (performance.now() < start + ms) {
      const from = performance.now()
      await run()
      times.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return { times, elapsedMs: performance.now() - start }
}
