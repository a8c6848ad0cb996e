import { readFile } from 'node:fs/promises'
import { systemClock, type Random } from 'banyan/core'
import { injectFaults, type Fault, type FaultKind, type Progress } from './campaign-faults.ts'
import type { ShopChild, ShopFolder } from './shop-child.ts'
import { createShopClient, logInAdmin, logInCustomers, readAll, type Answer, type Order } from './shop-client.ts'
import type { ShopClient } from './shop-client.ts'

export interface CampaignOptions {
  readonly folder: ShopFolder
  /** File for the client's journal. */
  readonly journal: string
  readonly orders: number
  /** One after another, spread evenly over the orders. */
  readonly faults: readonly FaultKind[]
  /** Orders under way at once. */
  readonly atOnce: number
  /** What the n-th buyer orders. */
  readonly plan: (index: number) => PlannedOrder
  /** Units of each product before the first order. */
  readonly stock: Readonly<Record<string, number>>
  readonly random: Random
  /** Called when the shop serves again after a fault. */
  readonly onFault?: (fault: Fault) => void
}

export interface PlannedOrder {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[]
  readonly paymentMethod: string
  /** Cancelled as soon as it is confirmed. */
  readonly cancel: boolean
}

export interface CampaignReport {
  readonly injected: readonly Fault[]
  /** How often each final answer was given: `201`, `402 payments.CARD_DECLINED` … */
  readonly answers: Readonly<Record<string, number>>
  readonly requests: number
  readonly confirmed: number
  readonly cancelled: number
  /** From the last final answer until no order was open any more. */
  readonly settledMs: number
  readonly tookMs: number
  /** Resident memory of the shop's last process when all was done; 0 where /proc does not tell. */
  readonly memoryMb: number
  /** What does not add up: sentences, none when all is well. */
  readonly faults: readonly string[]
}

const CUSTOMERS = 10
const SETTLING_MS = 30_000

/** Sends orders and cancellations while one fault follows another, and looks at what is left. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const beganMs = systemClock.monotonicMs()
  const first = await options.folder.start()
  const client = createShopClient({ url: first.url, journal: options.journal })
  await stockUp(client, options.stock)
  const buyers = await logInCustomers(client, CUSTOMERS)
  const tally = createTally()
  const progress: Progress = { answered: 0, isOver: false }
  const buy = (index: number) => buyOne({ client, buyers, tally, planned: options.plan(index), index, progress })
  const [{ injected, last }] = await Promise.all([
    injectFaults(options, { client, progress, first }),
    runAll(options, buy).finally(() => void (progress.isOver = true)),
  ])
  const settled = await settle(client)
  const memoryMb = await readMemory(last)
  const audit = await options.folder.audit(options.journal)
  return {
    injected,
    answers: Object.fromEntries(tally.answers),
    requests: client.requests,
    confirmed: settled.orders.filter(({ status }) => status === 'confirmed').length,
    cancelled: settled.orders.filter(({ status }) => status === 'cancelled').length,
    settledMs: settled.tookMs,
    tookMs: systemClock.monotonicMs() - beganMs,
    memoryMb,
    faults: [
      ...settled.faults,
      ...compareAnswers(tally, settled.orders),
      ...(await compareStock(client, options.stock, settled.orders)),
      ...(audit.code === 0 ? [] : [`the audit ended with ${audit.code}:\n${audit.output}`]),
    ],
  }
}

/** What clients were told, by order. */
interface Tally {
  readonly answers: Map<string, number>
  readonly placed: Set<string>
  readonly cancelled: Set<string>
}

function createTally(): Tally {
  return { answers: new Map(), placed: new Set(), cancelled: new Set() }
}

async function stockUp(client: ShopClient, stock: CampaignOptions['stock']): Promise<void> {
  const { token } = await logInAdmin(client)
  for (const [productId, onHand] of Object.entries(stock)) {
    const answer = await client.request('PUT', `/api/v2/products/${productId}/stock`, { token, body: { onHand } })
    if (answer?.status !== 200) throw new Error(`stock of ${productId} cannot be set: ${JSON.stringify(answer?.body)}`)
  }
}

/** `atOnce` buyers, each taking the next order when its own is answered. */
async function runAll({ orders, atOnce }: CampaignOptions, buy: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < orders) await buy(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, orders) }, work))
}

interface Purchase {
  readonly client: ShopClient
  readonly buyers: Awaited<ReturnType<typeof logInCustomers>>
  readonly tally: Tally
  readonly planned: PlannedOrder
  readonly index: number
  readonly progress: Progress
}

async function buyOne({ client, buyers, tally, planned, index, progress }: Purchase): Promise<void> {
  const buyer = buyers[index % buyers.length]!
  const { items, paymentMethod, cancel } = planned
  const body = { items, paymentMethod }
  const placed = await client.insist('POST', `/api/v2/users/${buyer.id}/orders`, {
    login: buyer,
    key: `p${index}`,
    body,
  })
  count(tally, placed)
  progress.answered++
  if (placed.status !== 201) return
  const { id } = placed.body.data as Order
  if (!cancel) return void tally.placed.add(id)
  const cancelled = await client.insist('POST', `/api/v2/orders/${id}/cancel`, { login: buyer, key: `c${index}` })
  count(tally, cancelled)
  tally.cancelled.add(id)
}

function count({ answers }: Tally, { status, body }: Answer): void {
  const name = body.error ? `${status} ${body.error.code}` : String(status)
  answers.set(name, (answers.get(name) ?? 0) + 1)
}

async function readMemory({ processId }: ShopChild): Promise<number> {
  if (process.platform !== 'linux') return 0
  const status = await readFile(`/proc/${processId}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024)
}

/** Waits until no order is open any more, at most as long as GUARANTEES allow (I1). */
async function settle(client: ShopClient): Promise<{ orders: Order[]; tookMs: number; faults: string[] }> {
  const { token } = await logInAdmin(client)
  const beganMs = systemClock.monotonicMs()
  const waited = () => systemClock.monotonicMs() - beganMs
  const list = (query: string) => readAll<Order>(client, `/api/v2/orders${query}`, token)
  let open = await list('?status=pending')
  while (open.length > 0 && waited() < SETTLING_MS) {
    await systemClock.sleep(50)
    open = [...(await list('?status=pending')), ...(await list('?status=cancelling'))]
  }
  const tookMs = waited()
  return { orders: await list(''), tookMs, faults: open.map(({ id, status }) => `order ${id} is still ${status}`) }
}

/** An order that was answered 201 is confirmed; one whose cancellation was answered is cancelled. */
function compareAnswers({ placed, cancelled }: Tally, orders: readonly Order[]): string[] {
  const status = new Map(orders.map((order) => [order.id, order.status]))
  const expect = (ids: ReadonlySet<string>, wanted: string) =>
    [...ids]
      .filter((id) => status.get(id) !== wanted)
      .map((id) => `order ${id} was answered as ${wanted} and is ${status.get(id) ?? 'lost'}`)
  return [...expect(placed, 'confirmed'), ...expect(cancelled, 'cancelled')]
}

/** What is available is what there was, less what confirmed orders took. */
async function compareStock(client: ShopClient, stock: CampaignOptions['stock'], orders: readonly Order[]) {
  const sold = new Map<string, number>()
  for (const { status, items } of orders) {
    if (status !== 'confirmed') continue
    for (const { productId, quantity } of items) sold.set(productId, (sold.get(productId) ?? 0) + quantity)
  }
  const faults: string[] = []
  for (const [productId, onHand] of Object.entries(stock)) {
    const answer = await client.request('GET', `/api/v2/products/${productId}`)
    const { available } = answer!.body.data as { available: number }
    const expected = onHand - (sold.get(productId) ?? 0)
    if (available !== expected) faults.push(`product ${productId} has ${available} available, expected ${expected}`)
  }
  return faults
}
