import { createClient } from 'banyan/contract'
import { systemClock } from 'banyan/core'
import type { TestPostgres } from 'banyan/testing'
import { orders } from '../../packages/shop/src/orders/contract.ts'
import { payments } from '../../packages/shop/src/payments/contract.ts'
import { products } from '../../packages/shop/src/products/contract.ts'
import { users } from '../../packages/shop/src/users/contract.ts'
import { startBenchShop, type BenchShop } from './shops.ts'

export interface QueryFigures {
  readonly name: string
  readonly statementsAPage: number
  readonly pagesPerSecond: number
}

const CALLERS = 8
const platform = { principal: { kind: 'service', name: 'audit' }, timeoutMs: 30_000 } as const

/** Pages of the catalogue, asked of the service alone (the gateway keeps nothing), while a product changes twice a second. */
export async function measurePages(keeps: boolean, postgres: TestPostgres, seconds: number): Promise<QueryFigures> {
  const environment = { CACHE_MAX_BYTES: '0', ...(keeps ? {} : { QUERY_CACHE_MAX_BYTES: '0' }) }
  await using shop = await startBenchShop({ postgres, name: 'pages', environment })
  const client = createClient(products, shop.running.wire, platform)
  const admin = {
    ...platform,
    principal: { kind: 'user', id: '1', role: 'admin', scopes: null, sessionId: null },
  } as const
  const words = ['wireless', 'oak', 'steel', 'cotton', 'small', 'black', 'lamp', 'desk', 'kitchen', 'garden']
  const asked = words.flatMap((search) => [{ search }, { search, limit: 5 }, { search: `${search} colour:black` }])
  let pages = 0
  const statements = await countStatements({ shop, services: ['products'], restSeconds: seconds }, async () => {
    const endMs = performance.now() + seconds * 1_000
    const reading = Array.from({ length: CALLERS }, async () => {
      while (performance.now() < endMs) await client.listProducts(asked[pages++ % asked.length]!)
    })
    while (performance.now() < endMs) {
      const price = { amountMinor: 1_000 + pages, currency: 'USD' } as const
      await client.changeProduct(
        { productId: '7', name: 'Changing', price },
        { ...admin, key: `change ${pages} ${keeps}` },
      )
      await systemClock.sleep(500)
    }
    await Promise.all(reading)
  })
  const name = keeps ? 'pages of the catalogue, kept by tag' : 'pages of the catalogue, searched each time'
  return { name, statementsAPage: statements / pages, pagesPerSecond: pages / seconds }
}

const ORDERS = 20
const ROUNDS = 100

/** One customer's last twenty orders with payment and refunds: from the projection, and put together from the tables. */
export async function measureHistory(postgres: TestPostgres): Promise<readonly QueryFigures[]> {
  await using shop = await startBenchShop({ postgres, name: 'history' })
  const { wire } = shop.running
  const principal = { kind: 'user', id: '2', role: 'customer', scopes: null, sessionId: null } as const
  const own = { ...platform, principal }
  const [ordering, paying, knowing] = [
    createClient(orders, wire, own),
    createClient(payments, wire, own),
    createClient(users, wire, own),
  ]
  for (let order = 0; order < ORDERS; order++) {
    const items = [{ productId: String(order + 1), quantity: 1 }]
    await ordering.placeOrder(
      { userId: '2', items, paymentMethod: 'pm_visa' },
      { key: `order ${order}`, waitMs: 10_000 },
    )
  }
  const userId = '2'
  const fromTables = async () => {
    const { items } = await ordering.listUserOrders({ userId, limit: ORDERS })
    await Promise.all(items.flatMap(({ paymentId }) => (paymentId ? paying.getPayment({ paymentId }) : [])))
    await knowing.getUser({ userId })
  }
  const fromProjection = async () => void (await ordering.listOrderHistory({ userId, limit: ORDERS }))
  return [
    await measureRounds('order history, put together', shop, fromTables),
    await measureRounds('order history, projection', shop, fromProjection),
  ]
}

async function measureRounds(name: string, shop: BenchShop, work: () => Promise<void>): Promise<QueryFigures> {
  const startedMs = performance.now()
  const statements = await countStatements(
    { shop, services: ['orders', 'payments', 'users'], restSeconds: 1 },
    async () => {
      for (let round = 0; round < ROUNDS; round++) await work()
    },
  )
  const seconds = (performance.now() - startedMs) / 1_000
  return { name, statementsAPage: statements / ROUNDS, pagesPerSecond: ROUNDS / seconds }
}

interface Counting {
  readonly shop: BenchShop
  readonly services: readonly string[]
  readonly restSeconds: number
}

/** Statements in autocommit while `work` runs, less what the same services ask for at rest. */
async function countStatements({ shop, services, restSeconds }: Counting, work: () => Promise<void>): Promise<number> {
  const count = async () => {
    const counts = await Promise.all(
      services.map((name) =>
        shop.count('banyan_dependency_seconds_count', { kind: 'database', dependency: name, operation: 'query' }),
      ),
    )
    return counts.reduce((sum, one) => sum + one, 0)
  }
  const atRest = await count()
  await systemClock.sleep(restSeconds * 1_000)
  const before = await count()
  const restPerSecond = (before - atRest) / restSeconds
  const startedMs = performance.now()
  await work()
  return (await count()) - before - (restPerSecond * (performance.now() - startedMs)) / 1_000
}
