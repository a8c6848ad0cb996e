import { relatedId } from 'banyan/core'
import type { AuditFinding } from 'banyan/runtime'
import type { Books, Reservation } from './books.ts'

/**
 * I2: confirmed ⇒ exactly one capture of that amount, for goods of that worth; no capture without an order. All that tells of an
 * amount stands in one row: where two agree, the third is wrong.
 */
export function auditCaptures({ orders, provider, reservations }: Books): AuditFinding {
  const rows: string[] = []
  for (const { orderId, status, total } of orders.values()) {
    const money = provider.get(relatedId('pay', orderId))
    const captures = money?.captures ?? 0
    if (captures > 1) rows.push(`order ${orderId} was captured ${captures} times`)
    if (status !== 'confirmed' && status !== 'cancelling') continue
    const agreed = total?.amountMinor ?? 0
    const worth = status === 'confirmed' ? worthOf(reservations.get(orderId)) : null
    if (money?.capturedMinor !== agreed || (worth ?? agreed) !== agreed) {
      const goods = worth === null ? '' : `, its goods were sold for ${worth}`
      rows.push(
        `order ${orderId} is ${status} with a total of ${agreed}, the provider captured ${money?.capturedMinor ?? 'nothing'}${goods}`,
      )
    }
  }
  for (const paymentId of provider.keys()) {
    if (!orders.has(relatedId('ord', paymentId))) rows.push(`the provider captured ${paymentId}, which has no order`)
  }
  return toFinding('I2', orders.size + provider.size, rows)
}

/** `null`: they are not sold, which is for I4 to tell. */
function worthOf(reservation: Reservation | undefined): number | null {
  return reservation?.state === 'sold' ? reservation.total.amountMinor : null
}

/** I3: cancelled ⇒ captures − refunds = 0. */
export function auditRefunds({ orders, provider }: Books): AuditFinding {
  const rows: string[] = []
  let checked = 0
  for (const { orderId, status } of orders.values()) {
    if (status !== 'cancelled') continue
    checked++
    const money = provider.get(relatedId('pay', orderId))
    const kept = (money?.capturedMinor ?? 0) - (money?.refundedMinor ?? 0)
    if (kept !== 0) rows.push(`order ${orderId} is cancelled, the provider keeps ${kept}`)
  }
  return toFinding('I3', checked, rows)
}

/** I5, the part between us and the provider: both say the same of every payment. */
export function auditProvider({ charges, provider }: Books): AuditFinding {
  const rows: string[] = []
  for (const [paymentId, { capturedMinor, refundedMinor }] of charges) {
    const money = provider.get(paymentId) ?? { capturedMinor: 0, refundedMinor: 0 }
    if (money.capturedMinor !== capturedMinor || money.refundedMinor !== refundedMinor) {
      rows.push(
        `payment ${paymentId}: its row says ${capturedMinor} − ${refundedMinor}, the provider ${money.capturedMinor} − ${money.refundedMinor}`,
      )
    }
  }
  return toFinding('I5', charges.size, rows)
}

function toFinding(invariant: string, checked: number, rows: readonly string[]): AuditFinding {
  return { invariant, verdict: rows.length === 0 ? 'holds' : 'broken', checked, rows }
}
