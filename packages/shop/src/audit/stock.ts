import type { AuditFinding } from 'banyan/runtime'
import type { Books, OrderMoney, Reservation } from './books.ts'

/**
 * I4, the part between services: a confirmed order's goods are sold, a cancelled one's are on the shelf, and nothing is held for an
 * order that nobody knows.
 */
export function auditReservations({ orders, reservations }: Books): AuditFinding {
  const rows: string[] = []
  for (const order of orders.values()) {
    const reservation = reservations.get(order.orderId)
    const fault = faultOf(order, reservation)
    if (fault)
      rows.push(`order ${order.orderId} is ${order.status}, its stock is ${reservation?.state ?? 'nowhere'}, ${fault}`)
  }
  for (const { orderId, state } of reservations.values()) {
    if (!orders.has(orderId) && isHolding(state)) rows.push(`stock is ${state} for ${orderId}, which is no order`)
  }
  return { invariant: 'I4', verdict: rows.length === 0 ? 'holds' : 'broken', checked: orders.size, rows }
}

/** What follows the plain fact, or `null` when nothing is wrong. An order on its way may be at any step. */
function faultOf({ status }: OrderMoney, reservation: Reservation | undefined): string | null {
  if (status === 'cancelled') return reservation && isHolding(reservation.state) ? 'not given back' : null
  return status === 'confirmed' && reservation?.state !== 'sold' ? 'not sold' : null
}

function isHolding(state: Reservation['state']): boolean {
  return state === 'held' || state === 'sold'
}
