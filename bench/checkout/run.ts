// node bench/checkout/run.ts [seconds]: checkouts over HTTP against the goals of the project.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { logInCustomers, stockUp } from './shop-client.ts'
import { startShop, type BenchShop } from './shop.ts'

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
await stockUp(shop.url, Array.from({ length: 1_000 }, (_, index) => String(index + 1)), 1_000_000)

for (const { name, ...scenario } of SCENARIOS) {
  const before = await measureServer(shop)
  const load = { url: shop.url, customers, seconds, ...scenario }
  const { stdout } = await promisify(execFile)(process.execPath, [GENERATOR, JSON.stringify(load)])
  const result = JSON.parse(stdout) as { ok: number; perSecond: number }
  const after = await measureServer(shop)
  const cpuUs = Math.round(((after.cpuMs - before.cpuMs) * 1_000) / result.ok)
  console.log(name, JSON.stringify({ ...result, nodeCpuUsPerCheckout: cpuUs, rssMb: after.rssMb }))
}

/** Of the Node process: processor time so far, resident memory. */
async function measureServer({ processId }: BenchShop): Promise<{ cpuMs: number; rssMb: number }> {
  const fields = (await readFile(`/proc/${processId}/stat`, 'utf8')).split(') ')[1]!.split(' ')
  const status = await readFile(`/proc/${processId}/status`, 'utf8')
  const ticks = Number(fields[11]) + Number(fields[12])
  return { cpuMs: ticks * 10, rssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024) }
}
