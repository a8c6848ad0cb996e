// node bench/checkout/run.ts [seconds] [scenario]: checkouts over HTTP against the goals of the project, beside what pgbench does on
// the same machine just before and after. BANYAN_TOPOLOGY chooses what is measured.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { readCommits } from './commits.ts'
import { readProcessorTime } from './processor-time.ts'
import { logInCustomers, stockUp } from './shop-client.ts'
import { startShop } from './shop.ts'
import { createYardstick } from './yardstick.ts'

const seconds = Number(process.argv[2] ?? 10)
const YARDSTICK_SECONDS = 3
/** Only scenarios whose name contains this. */
const only = process.argv[3] ?? ''
const GENERATOR = new URL('./generate.ts', import.meta.url).pathname

const SCENARIOS = [
  { name: 'warm-up', clients: 64, products: 1_000, itemsPerOrder: 2 },
  { name: 'two items over 1,000 products, 64 clients', clients: 64, products: 1_000, itemsPerOrder: 2 },
  { name: 'one hot product, 64 clients', clients: 64, products: 1, itemsPerOrder: 1 },
  { name: '500 a second, 64 clients', clients: 64, products: 1_000, itemsPerOrder: 2, ratePerSecond: 500 },
  { name: 'one at a time', clients: 1, products: 1_000, itemsPerOrder: 2 },
] as const

await using yardstick = await createYardstick()
await using shop = await startShop()
const customers = await logInCustomers(shop.url, 100)
const productIds = Array.from({ length: 1_000 }, (_, index) => String(index + 1))
await stockUp(shop.url, productIds, 1_000_000)

for (const { name, ...scenario } of SCENARIOS.filter((one) => one.name === 'warm-up' || one.name.includes(only))) {
  const canDoBefore = await yardstick?.measure(YARDSTICK_SECONDS)
  const commitsBefore = await readCommits(shop.folder)
  const before = await readProcessorTime(shop.processId)
  const clients = Number(process.env.BENCH_CLIENTS ?? scenario.clients)
  const load = { url: shop.url, customers, seconds, ...scenario, clients }
  const { stdout } = await promisify(execFile)(process.execPath, [GENERATOR, JSON.stringify(load)])
  const result = JSON.parse(stdout) as { ok: number; perSecond: number }
  const after = await readProcessorTime(shop.processId)
  const canDoAfter = await yardstick?.measure(YARDSTICK_SECONDS)
  const canDo = canDoBefore && canDoAfter ? (canDoBefore + canDoAfter) / 2 : null
  const commits = await readCommits(shop.folder)
  const perCheckout = (count: number) => Number((count / result.ok).toFixed(2))
  const perCheckoutUs = (ms: number) => Math.round((ms * 1_000) / result.ok)
  console.log(
    name,
    JSON.stringify({
      ...result,
      nodeUsPerCheckout: perCheckoutUs(after.nodeMs - before.nodeMs),
      databaseUsPerCheckout: perCheckoutUs(after.databaseMs - before.databaseMs),
      transactionsPerCheckout: perCheckout(commits.transactions - commitsBefore.transactions),
      flushesPerCheckout: perCheckout(commits.flushes - commitsBefore.flushes),
      nodeRssMb: after.nodeRssMb,
      largestRssMb: after.largestRssMb,
      yardstickPerSecond: canDo && Math.round(canDo),
      ofYardstick: canDo && Number((result.perSecond / canDo).toFixed(2)),
    }),
  )
}
