import { createCursor, DEFAULT_PAGE_LIMIT, reply, toPage, type InputOf, type Reply } from 'banyan/contract'
import { coreErrors, ownerOfId } from 'banyan/core'
import type { Session, Shards } from 'banyan/data'
import type { orders } from './contract.ts'
import { toOrder, toReply, type OrderRow } from './order.ts'
import type { Order } from './schemas.ts'
import * as store from './store.ts'

type Operations = typeof orders.operations
interface Page {
  readonly items: Order[]
  readonly nextCursor: string | null
}

/** @throws `api.NOT_FOUND` */
export async function requireOrder(shards: Shards, orderId: string): Promise<OrderRow> {
  const userId = ownerOfId('ord', orderId)!
  const order = await store.findOrder(shards.shard(userId), { userId, orderId })
  if (!order) throw coreErrors.NOT_FOUND()
  return order
}

export async function getOrder(shards: Shards, orderId: string): Promise<Reply<Order>> {
  return toReply(await requireOrder(shards, orderId))
}

export async function listUserOrders(
  shards: Shards,
  input: InputOf<Operations['listUserOrders']>,
): Promise<Reply<Page>> {
  const { limit = DEFAULT_PAGE_LIMIT, userId } = input
  const after = decodePosition(input.cursor)
  const rows = await store.listOrdersOfUser(shards.shard(userId), userId, { after, limit: limit + 1 })
  return reply(pageOfOrders(rows, limit))
}

/** Over one shard for now; over several the lists merge by time. */
export async function listOrders(session: Session, input: InputOf<Operations['listOrders']>): Promise<Reply<Page>> {
  const { limit = DEFAULT_PAGE_LIMIT, status = null } = input
  const after = decodePosition(input.cursor)
  return reply(pageOfOrders(await store.listAllOrders(session, status, { after, limit: limit + 1 }), limit))
}

export async function listOrderMoney(session: Session, input: InputOf<Operations['listOrderMoney']>) {
  const { limit = 1_000 } = input
  const orderId = byId.decode(input.cursor)
  const after = orderId === null ? null : { orderId, userId: ownerOfId('ord', orderId)! }
  const rows = await store.listOrderMoney(session, after, limit + 1)
  const page = toPage(rows, limit, (last) => byId.encode(last.orderId))
  return reply({ ...page, items: page.items.map(toMoney) })
}

function toMoney({ orderId, status, totalMinor }: store.OrderMoney) {
  return { orderId, status, total: totalMinor === null ? null : { amountMinor: totalMinor, currency: 'USD' as const } }
}

function pageOfOrders(rows: readonly OrderRow[], limit: number): Page {
  const page = toPage(rows, limit, (last) => byTime.encode(`${Date.parse(last.createdAt)} ${last.id}`))
  return { ...page, items: page.items.map(toOrder) }
}

function decodePosition(cursor: string | undefined): store.OrderPage['after'] {
  const [time, id] = byTime.decode(cursor)?.split(' ') ?? []
  return time && id ? { createdAt: new Date(Number(time)).toISOString(), id } : null
}

const ORDER_ID = 'ord_[1-9]\\d{0,17}_[0-9a-hjkmnp-tv-z]{16}'
// Milliseconds since 1970: every number of 13 digits is a time that PostgreSQL knows, which not every date text is.
const byTime = createCursor('orders', new RegExp(`^\\d{13} ${ORDER_ID}$`))
const byId = createCursor('order-money', new RegExp(`^${ORDER_ID}$`))
