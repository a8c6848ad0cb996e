// Checkouts in one process, 64 callers, no HTTP: started by run.ts in a tree. Argument: seconds. Prints { perSecond, microsEach } as JSON.
import { startTestPostgres } from 'banyan/testing'
import { startShop } from '../../packages/shop/src/testing/shop-fixture.ts'

const CALLERS = 64
const WARM_UP_MS = 1_500

const runMs = Number(process.argv[2] ?? 3) * 1_000
await using postgres = await startTestPostgres({ fsync: false })
await using shop = await startShop({ postgres })
const productIds = Array.from({ length: 1_000 }, (_, index) => String(index + 1))
await Promise.all(productIds.map((productId) => shop.products.setStock({ productId, onHand: 1_000_000 })))

await place(WARM_UP_MS)
const before = process.cpuUsage()
const placed = await place(runMs)
const { user, system } = process.cpuUsage(before)
const microsEach = Number(((user + system) / placed).toFixed(1))
process.stdout.write(`${JSON.stringify({ perSecond: Math.round((placed * 1_000) / runMs), microsEach })}\n`)

async function place(ms: number): Promise<number> {
  const endMs = performance.now() + ms
  let count = 0
  const caller = async (_: unknown, index: number) => {
    const userId = String(1 + index)
    const customer = shop.ordersAs(userId)
    for (let turn = index; performance.now() < endMs; turn += CALLERS) {
      const items = [{ productId: productIds[turn % productIds.length]!, quantity: 1 }]
      await customer.placeOrder({ userId, items, paymentMethod: 'pm_visa' })
      count++
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  return count
}
