import type { Session, Writer } from 'banyan/data'
import type { OrderChange, OrderRow } from './order.ts'
import type { OrderStatus, PricedItem, RequestedItem } from './schemas.ts'

export interface OrderReference {
  readonly userId: string
  readonly orderId: string
}

/** The orders of a batch, locked in key order, with their lines. */
export async function lockOrders(tx: Session, references: readonly OrderReference[]): Promise<Map<string, OrderRow>> {
  const columns = [references.map((one) => one.userId), references.map((one) => one.orderId)]
  const [rows, items] = await Promise.all([
    tx.query<OrderRecord>(LOCK_ORDERS, columns),
    tx.query<ItemRecord>(FIND_ITEMS, columns),
  ])
  return toOrders(rows, items)
}

/** The same without lines, which an order does not have before it is settled: one statement less in every checkout. */
export async function lockUnsettledOrders(
  tx: Session,
  references: readonly OrderReference[],
): Promise<Map<string, OrderRow>> {
  const columns = [references.map((one) => one.userId), references.map((one) => one.orderId)]
  return toOrders(await tx.query<OrderRecord>(LOCK_ORDERS, columns), [])
}

export async function findOrder(session: Session, reference: OrderReference): Promise<OrderRow | null> {
  const columns = [[reference.userId], [reference.orderId]]
  const [rows, items] = await Promise.all([
    session.query<OrderRecord>(FIND_ORDERS, columns),
    session.query<ItemRecord>(FIND_ITEMS, columns),
  ])
  return toOrders(rows, items).get(reference.orderId) ?? null
}

export interface OrderPage {
  /** `null`: the newest. */
  readonly after: { readonly createdAt: string; readonly id: string } | null
  readonly limit: number
}

/** A user's orders, newest first. */
export async function listOrdersOfUser(session: Session, userId: string, page: OrderPage): Promise<OrderRow[]> {
  const rows = await session.query<OrderRecord>(LIST_OF_USER, [userId, ...pageColumns(page)])
  return withItems(session, rows)
}

/** All orders, newest first; with `status`, only those. */
export async function listAllOrders(
  session: Session,
  status: OrderStatus | null,
  page: OrderPage,
): Promise<OrderRow[]> {
  const rows = await session.query<OrderRecord>(LIST_ALL, [status, ...pageColumns(page)])
  return withItems(session, rows)
}

export interface OrderMoney {
  readonly orderId: string
  readonly userId: string
  readonly status: OrderStatus
  readonly totalMinor: number | null
}

export function listOrderMoney(session: Session, after: OrderReference | null, limit: number): Promise<OrderMoney[]> {
  return session.query<OrderMoney>(LIST_MONEY, [after?.userId ?? '0', after?.orderId ?? '', limit])
}

export function saveOrders(tx: Writer, changes: readonly OrderChange[]): void {
  const placed = ordersOf(changes, 'place')
  const settled = ordersOf(changes, 'settle')
  const moved = [...settled, ...ordersOf(changes, 'move')]
  const flagged = ordersOf(changes, 'request-cancel')
  if (placed.length > 0) tx.execute(INSERT_ORDERS, placedColumns(placed))
  if (moved.length > 0) tx.execute(MOVE_ORDERS, movedColumns(moved))
  if (flagged.length > 0)
    tx.execute(REQUEST_CANCEL, [flagged.map((order) => order.userId), flagged.map((order) => order.id)])
  saveItems(tx, settled)
}

function saveItems(tx: Writer, settled: readonly OrderRow[]): void {
  const lines = settled.flatMap((order) => (order.items ?? []).map((item, line) => ({ order, item, line })))
  if (lines.length === 0) return
  tx.execute(INSERT_ITEMS, [
    lines.map(({ order }) => order.userId),
    lines.map(({ order }) => order.id),
    lines.map(({ line }) => line),
    lines.map(({ item }) => item.productId),
    lines.map(({ item }) => item.name),
    lines.map(({ item }) => item.quantity),
    lines.map(({ item }) => item.unitPrice.amountMinor),
  ])
}

function ordersOf(changes: readonly OrderChange[], kind: OrderChange['kind']): OrderRow[] {
  return changes.filter((change) => change.kind === kind).map((change) => change.order)
}

function placedColumns(orders: readonly OrderRow[]): unknown[] {
  return [
    orders.map((order) => order.userId),
    orders.map((order) => order.id),
    orders.map((order) => JSON.stringify(order.requested)).join('\n'),
    orders.map((order) => order.createdAt),
  ]
}

function movedColumns(orders: readonly OrderRow[]): unknown[] {
  return [
    orders.map((order) => order.userId),
    orders.map((order) => order.id),
    orders.map((order) => order.status),
    orders.map((order) => order.reason),
    orders.map((order) => order.totalMinor),
    orders.map((order) => order.paymentId),
    orders.map((order) => order.version),
    orders.map((order) => order.updatedAt),
  ]
}

async function withItems(session: Session, rows: readonly OrderRecord[]): Promise<OrderRow[]> {
  if (rows.length === 0) return []
  const columns = [rows.map((row) => row.user_id), rows.map((row) => row.id)]
  return [...toOrders(rows, await session.query<ItemRecord>(FIND_ITEMS, columns)).values()]
}

function pageColumns({ after, limit }: OrderPage): unknown[] {
  return [after?.createdAt ?? 'infinity', after?.id ?? '', limit]
}

interface OrderRecord {
  user_id: string
  id: string
  status: OrderStatus
  reason: string | null
  requested: RequestedItem[]
  total_minor: string | null
  payment_id: string | null
  cancel_requested_at: Date | null
  version: number
  created_at: Date
  updated_at: Date
}

interface ItemRecord {
  order_id: string
  product_id: string
  name: string
  quantity: number
  unit_price_minor: string
}

function toOrders(rows: readonly OrderRecord[], items: readonly ItemRecord[]): Map<string, OrderRow> {
  const lines = new Map<string, PricedItem[]>()
  for (const item of items) {
    const list = lines.get(item.order_id) ?? []
    lines.set(item.order_id, list)
    list.push(toItem(item))
  }
  return new Map(rows.map((row) => [row.id, toRow(row, lines.get(row.id) ?? null)]))
}

function toItem(item: ItemRecord): PricedItem {
  return {
    productId: item.product_id,
    name: item.name,
    quantity: item.quantity,
    unitPrice: { amountMinor: Number(item.unit_price_minor), currency: 'USD' },
  }
}

function toRow(row: OrderRecord, items: readonly PricedItem[] | null): OrderRow {
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    reason: row.reason,
    requested: row.requested,
    items,
    totalMinor: row.total_minor === null ? null : Number(row.total_minor),
    paymentId: row.payment_id,
    cancelRequested: row.cancel_requested_at !== null,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

const LOCK_ORDERS = `
  SELECT orders.* FROM orders
  JOIN unnest($1::bigint[], $2::text[]) AS wanted (user_id, id) USING (user_id, id)
  ORDER BY user_id, id
  FOR UPDATE OF orders`

const FIND_ORDERS = `
  SELECT orders.* FROM orders JOIN unnest($1::bigint[], $2::text[]) AS wanted (user_id, id) USING (user_id, id)`

const FIND_ITEMS = `
  SELECT order_id, product_id, name, quantity, unit_price_minor
  FROM order_items JOIN unnest($1::bigint[], $2::text[]) AS wanted (user_id, order_id) USING (user_id, order_id)
  ORDER BY user_id, order_id, line`

const LIST_OF_USER = `
  SELECT * FROM orders
  WHERE user_id = $1::bigint AND (created_at, id) < ($2::timestamptz, $3)
  ORDER BY created_at DESC, id DESC LIMIT $4`

const LIST_ALL = `
  SELECT * FROM orders
  WHERE ($1::text IS NULL OR status = $1) AND (created_at, id) < ($2::timestamptz, $3)
  ORDER BY created_at DESC, id DESC LIMIT $4`

const LIST_MONEY = `
  SELECT user_id::text AS "userId", id AS "orderId", status, total_minor::float8 AS "totalMinor" FROM orders
  WHERE (user_id, id) > ($1::bigint, $2) ORDER BY user_id, id LIMIT $3`

const INSERT_ORDERS = `
  INSERT INTO orders (user_id, id, status, requested, version, created_at, updated_at)
  SELECT user_id, id, 'pending', requested::json, 1, at, at
  FROM unnest($1::bigint[], $2::text[], string_to_array($3, E'\\n'), $4::timestamptz[]) AS new (user_id, id, requested, at)`

const MOVE_ORDERS = `
  UPDATE orders
  SET status = moved.status, reason = moved.reason, total_minor = moved.total_minor, payment_id = moved.payment_id,
      version = moved.version, updated_at = moved.updated_at
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::int[], $8::timestamptz[])
    AS moved (user_id, id, status, reason, total_minor, payment_id, version, updated_at)
  WHERE orders.user_id = moved.user_id AND orders.id = moved.id`

const REQUEST_CANCEL = `
  UPDATE orders SET cancel_requested_at = now()
  FROM unnest($1::bigint[], $2::text[]) AS flagged (user_id, id)
  WHERE orders.user_id = flagged.user_id AND orders.id = flagged.id`

const INSERT_ITEMS = `
  INSERT INTO order_items (user_id, order_id, line, product_id, name, quantity, unit_price_minor)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::text[], $6::int[], $7::bigint[])`
