// node bench/checkout/run.ts [seconds]: checkouts over HTTP against the goals of the project.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { readProcessorTime } from './processor-time.ts'
import { logInCustomers, stockUp } from './shop-client.ts'
import { startShop } from './shop.ts'

const seconds = Number(process.argv[2] ?? 10)
const GENERATOR = new URL('./generate.ts', import.meta.url).pathname

const SCENARIOS = [
  { name: 'warm-up', clients: 64, products: 1_000, itemsPerOrder: 2 },
  { name: 'two items over 1,000 products, 64 clients', clients: 64, products: 1_000, itemsPerOrder: 2 },
  { name: 'one hot product, 64 clients', clients: 64, products: 1, itemsPerOrder: 1 },
  { name: '500 a second, 64 clients', clients: 64, products: 1_000, itemsPerOrder: 2, ratePerSecond: 500 },
  { name: 'one at a time', clients: 1, products: 1_000, itemsPerOrder: 2 },
] as const

await using shop = await startShop()
const customers = await logInCustomers(shop.url, 100)
const productIds = Array.from({ length: 1_000 }, (_, index) => String(index + 1))
await stockUp(shop.url, productIds, 1_000_000)

for (const { name, ...scenario } of SCENARIOS) {
  const before = await readProcessorTime(shop.processId)
  const load = { url: shop.url, customers, seconds, ...scenario }
  const { stdout } = await promisify(execFile)(process.execPath, [GENERATOR, JSON.stringify(load)])
  const result = JSON.parse(stdout) as { ok: number; perSecond: number }
  const after = await readProcessorTime(shop.processId)
  const perCheckoutUs = (ms: number) => Math.round((ms * 1_000) / result.ok)
  console.log(
    name,
    JSON.stringify({
      ...result,
      nodeUsPerCheckout: perCheckoutUs(after.nodeMs - before.nodeMs),
      databaseUsPerCheckout: perCheckoutUs(after.databaseMs - before.databaseMs),
      nodeRssMb: after.nodeRssMb,
    }),
  )
}
