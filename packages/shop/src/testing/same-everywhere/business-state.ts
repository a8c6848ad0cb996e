import { isDeepStrictEqual } from 'node:util'
import { systemClock } from 'banyan/core'
import { get, readAll, type Cast, type Order, type Payment, type Person } from '../shop-suite/cast.ts'
import { readMails } from './mails.ts'
import type { Played } from './play.ts'

/** What a workload left behind, without an id or a time: two shops that did the same have the same. */
export interface BusinessState {
  /** By customer: orders with their payments, as texts in order, because those placed at once have no order of their own. */
  readonly orders: readonly (readonly string[])[]
  /** By customer: the read model of the same orders, made of events of three services. */
  readonly history: readonly (readonly string[])[]
  /** By customer: the mails that were sent. */
  readonly mails: readonly (readonly string[])[]
  /** By product: how many can be sold. */
  readonly available: readonly number[]
  /** What each action was answered. */
  readonly answers: readonly string[]
}

/** Mails leave in rounds, half a second apart. */
const QUIET_MS = 1_200
const PATIENCE_MS = 20_000

/** Read over the API alone, and from the mails, once nothing moves any more. */
export async function readBusinessState(cast: Cast, played: Played, outbox: string): Promise<BusinessState> {
  const untilMs = systemClock.monotonicMs() + PATIENCE_MS
  let last = await readOnce(cast, played, outbox)
  for (;;) {
    await systemClock.sleep(QUIET_MS)
    const now = await readOnce(cast, played, outbox)
    if (isDeepStrictEqual(now, last)) return now
    if (systemClock.monotonicMs() > untilMs) throw new Error(`the shop was not quiet within ${PATIENCE_MS} ms`)
    last = now
  }
}

async function readOnce(cast: Cast, { people, products, answers }: Played, outbox: string): Promise<BusinessState> {
  const productOf = new Map(products.map(({ id }, at) => [id, at]))
  return {
    orders: await each(people, (person) => readOrders(cast, person, productOf)),
    history: await each(people, (person) => readHistory(cast, person, productOf)),
    mails: await readMails(outbox, people),
    available: await each(products, (product) => cast.availableOf(product)),
    answers,
  }
}

function each<One, Found>(all: readonly One[], read: (one: One) => Promise<Found>): Promise<Found[]> {
  return Promise.all(all.map(read))
}

type ProductOf = ReadonlyMap<string, number>

async function readOrders(cast: Cast, { id, token }: Person, productOf: ProductOf): Promise<string[]> {
  const orders = await readAll<Order>(cast, `/api/v2/users/${id}/orders?limit=100`, token)
  const texts = await each(orders, async ({ id: orderId, status, reason, items, total }) => {
    const lines = linesOf(items, productOf)
    const payment = await readPayment(cast, orderId.replace(/^ord_/, 'pay_'))
    return JSON.stringify({ status, reason, lines, total: total?.amountMinor ?? null, payment })
  })
  return texts.toSorted()
}

async function readPayment(cast: Cast, paymentId: string) {
  const answer = cast.ask<Payment>(`GET /api/v2/payments/${paymentId}`, { token: cast.admin.token })
  if ((await answer).status === 404) return null
  const { status, amount, refunded } = await get(answer, 200)
  return { status, amount: amount.amountMinor, refunded: refunded.amountMinor }
}

interface HistoryEntry extends Pick<Order, 'status'> {
  readonly reason?: string
  readonly items?: Order['items']
  readonly captured?: { readonly amountMinor: number }
  readonly refunded?: { readonly amountMinor: number }
  readonly paymentStatus?: string
  readonly customer: string | null
}

async function readHistory(cast: Cast, { id, token }: Person, productOf: ProductOf): Promise<string[]> {
  const entries = await readAll<HistoryEntry>(cast, `/api/v2/users/${id}/order-history?limit=100`, token)
  const texts = entries.map(({ status, reason, items, captured, refunded, paymentStatus, customer }) => {
    const lines = items && linesOf(items, productOf)
    const money = { captured: captured?.amountMinor, refunded: refunded?.amountMinor }
    return JSON.stringify({ status, reason, lines, ...money, paymentStatus, customer })
  })
  return texts.toSorted()
}

function linesOf(items: Order['items'], productOf: ProductOf): string[] {
  return items.map(({ productId, quantity }) => `${quantity} × product ${productOf.get(productId)}`)
}
