import type { Judgement, OpenWorkload, Workload, WorkloadClient, WorkloadTools } from 'banyan/runtime'
import { ADMIN_PASSWORD, logInAdmin, logInCustomers, NEW_PASSWORD } from './people.ts'
import { writeScript, type Script } from './script.ts'
import { compareShelves, countSold, sellTheRest, stockUp } from './shelves.ts'
import { compareTold, createTold } from './told.ts'
import type { Order } from './order.ts'
import { read } from './read.ts'
import { visit, type Shop } from './visit.ts'
import { startWitness } from './witness.ts'

/** What the shop's customers do while `banyan chaos` breaks it, and what must be left of it. */
export const shopWorkload: Workload = createShopWorkload(writeScript)

/** The same with other visits: for tests that need certain ones. */
export function createShopWorkload(write: (tools: WorkloadTools) => Script): Workload {
  return {
    environment: { ADMIN_PASSWORD, RATE_LIMIT_PER_SECOND: '0', DRAIN_DELAY_MS: '0' },
    open: (tools) => open(tools, write(tools)),
    startWitness,
  }
}

const CUSTOMERS = 40

async function open({ client }: WorkloadTools, script: Script): Promise<OpenWorkload> {
  const admin = await logInAdmin(client)
  await stockUp({ client, admin }, script)
  const shop: Shop = { client, admin, customers: await logInCustomers(client, CUSTOMERS), told: createTold() }
  return {
    // That of the demo customers is shown at the first start.
    secrets: [ADMIN_PASSWORD, NEW_PASSWORD],
    visit: (index) => visit(shop, index, script.visit(index)),
    findOpen: () => findOpen(shop),
    judge: () => judge(shop, script),
    browse: () => browse(shop, script),
  }
}

async function findOpen({ client, admin }: Shop): Promise<string[]> {
  await admin.renew()
  const open: Order[] = []
  for (const status of ['pending', 'cancelling']) {
    open.push(...(await readAll<Order>(client, `/api/v2/orders?status=${status}&limit=100`, admin.token)))
  }
  return open.map(({ id, status }) => `order ${id} is still ${status}`)
}

async function judge(shop: Shop, script: Script): Promise<Judgement> {
  const { client, admin, told } = shop
  await sellTheRest(shop, script)
  await admin.renew()
  const orders = await readAll<Order>(client, '/api/v2/orders?limit=100', admin.token)
  const sold = countSold(orders)
  const sumOf = (units: ReadonlyMap<string, number>) =>
    [...script.scarce].reduce((sum, productId) => sum + (units.get(productId) ?? 0), 0)
  const [onSale, scarceSold] = [sumOf(script.stock), sumOf(sold)]
  return {
    complaints: [
      ...compareTold(told, orders),
      ...(await compareShelves(client, sold, script)),
      ...(scarceSold >= onSale * LEAST_SOLD ? [] : [`I4: of ${onSale} scarce units only ${scarceSold} were sold`]),
    ],
    figures: {
      confirmed: orders.filter(({ status }) => status === 'confirmed').length,
      cancelled: orders.filter(({ status }) => status === 'cancelled').length,
      scarceOnSale: onSale,
      scarceSold,
    },
  }
}

async function browse({ client }: Shop, { stock }: Script): Promise<void> {
  for (const productId of stock.keys()) await client.request('GET', `/api/v2/products/${productId}`)
}

/** Of what was wanted by more than there was of it. */
const LEAST_SOLD = 0.999

/** Every item of a list, page by page. @throws when a page cannot be read. */
async function readAll<Item>(client: WorkloadClient, path: string, token: string): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page = cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`
    const answer = await read(client, page, token)
    items.push(...(answer.body.data as Item[]))
    cursor = answer.body.meta!.page!.nextCursor
  } while (cursor !== null)
  return items
}
