import type { Client, OutputOf } from 'banyan/contract'
import type { AuditFinding } from 'banyan/runtime'
import type { products } from '../products/contract.ts'
import type { Books } from './money.ts'
import { readPages } from './pages.ts'

type Reservation = OutputOf<typeof products.operations.listReservations>['items'][number]

/** Read after the orders: stock is given back before an order is cancelled. By order id. */
export async function readReservations(client: Client<typeof products>): Promise<ReadonlyMap<string, Reservation>> {
  const byOrder = new Map<string, Reservation>()
  for await (const reservation of readPages((cursor) => client.listReservations({ limit: 1_000, cursor }))) {
    byOrder.set(reservation.orderId, reservation)
  }
  return byOrder
}

/**
 * I4, the part between services: a confirmed order's goods are sold for what it was charged, a cancelled one's are on
 * the shelf, and nothing is held for an order that nobody knows.
 */
export function auditReservations({ orders }: Books, reservations: ReadonlyMap<string, Reservation>): AuditFinding {
  const rows: string[] = []
  for (const order of orders.values()) {
    const reservation = reservations.get(order.orderId)
    const fault = faultOf(order, reservation)
    if (fault)
      rows.push(`order ${order.orderId} is ${order.status}, its stock is ${reservation?.state ?? 'nowhere'}${fault}`)
  }
  for (const { orderId, state } of reservations.values()) {
    if (!orders.has(orderId) && isHolding(state)) rows.push(`stock is ${state} for ${orderId}, which is no order`)
  }
  return { invariant: 'I4', verdict: rows.length === 0 ? 'holds' : 'broken', checked: orders.size, rows }
}

type Order = Books['orders'] extends ReadonlyMap<string, infer Value> ? Value : never

/** What follows the plain fact, or `null` when nothing is wrong. An order on its way may be at any step. */
function faultOf({ status, total }: Order, reservation: Reservation | undefined): string | null {
  if (status === 'cancelled') return reservation && isHolding(reservation.state) ? ', not given back' : null
  if (status !== 'confirmed') return null
  if (reservation?.state !== 'sold') return ', not sold'
  const [worth, charged] = [reservation.total.amountMinor, total?.amountMinor]
  return worth === charged ? null : ` for ${worth}, charged ${charged}`
}

function isHolding(state: Reservation['state']): boolean {
  return state === 'held' || state === 'sold'
}
