import type { Client, OutputOf } from 'banyan/contract'
import type { AuditFinding } from 'banyan/runtime'
import type { orders } from '../orders/contract.ts'
import type { payments } from '../payments/contract.ts'
import { relatedId } from 'banyan/core'
import { readPages } from './pages.ts'

type OrderMoney = OutputOf<typeof orders.operations.listOrderMoney>['items'][number]
type ProviderEntry = OutputOf<typeof payments.operations.listProviderEntries>['items'][number]

/** What the provider's own ledger says of one payment. */
export interface ProviderMoney {
  captures: number
  capturedMinor: number
  refundedMinor: number
}

export interface Books {
  /** By order id. */
  readonly orders: ReadonlyMap<string, OrderMoney>
  /** By payment id. */
  readonly provider: ReadonlyMap<string, ProviderMoney>
  /** What our own payments say, by payment id. */
  readonly charges: ReadonlyMap<string, { readonly capturedMinor: number; readonly refundedMinor: number }>
}

/**
 * Reads orders first and the provider last: money moves before an order is confirmed and goes back before it is
 * cancelled, so whatever the orders say must already be in what is read after them.
 */
export async function readBooks(clients: {
  readonly orders: Client<typeof orders>
  readonly payments: Client<typeof payments>
}): Promise<Books> {
  const byOrder = new Map<string, OrderMoney>()
  for await (const order of readPages((cursor) => clients.orders.listOrderMoney({ limit: 1_000, cursor }))) {
    byOrder.set(order.orderId, order)
  }
  const charges = new Map<string, { capturedMinor: number; refundedMinor: number }>()
  for await (const charge of readPages((cursor) => clients.payments.listCharges({ limit: 1_000, cursor }))) {
    const { captured, refunded } = charge
    charges.set(charge.paymentId, { capturedMinor: captured.amountMinor, refundedMinor: refunded.amountMinor })
  }
  const provider = new Map<string, ProviderMoney>()
  for await (const entry of readPages((cursor) => clients.payments.listProviderEntries({ limit: 1_000, cursor }))) {
    add(provider, entry)
  }
  return { orders: byOrder, provider, charges }
}

/** I2: confirmed ⇒ exactly one capture of that amount; no capture without an order. */
export function auditCaptures({ orders, provider }: Books): AuditFinding {
  const rows: string[] = []
  for (const { orderId, status, total } of orders.values()) {
    const money = provider.get(relatedId('pay', orderId))
    const captures = money?.captures ?? 0
    if (captures > 1) rows.push(`order ${orderId} was captured ${captures} times`)
    if (status !== 'confirmed' && status !== 'cancelling') continue
    const expected = total?.amountMinor ?? 0
    if (money?.capturedMinor !== expected) {
      rows.push(
        `order ${orderId} is ${status} over ${expected}, the provider captured ${money?.capturedMinor ?? 'nothing'}`,
      )
    }
  }
  for (const paymentId of provider.keys()) {
    if (!orders.has(relatedId('ord', paymentId))) rows.push(`the provider captured ${paymentId}, which has no order`)
  }
  return toFinding('I2', orders.size + provider.size, rows)
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
        `payment ${paymentId}: we say ${capturedMinor} − ${refundedMinor}, the provider ${money.capturedMinor} − ${money.refundedMinor}`,
      )
    }
  }
  return toFinding('I5', charges.size, rows)
}

function toFinding(invariant: string, checked: number, rows: readonly string[]): AuditFinding {
  return { invariant, verdict: rows.length === 0 ? 'holds' : 'broken', checked, rows }
}

function add(provider: Map<string, ProviderMoney>, { paymentId, kind, amount }: ProviderEntry): void {
  const money = provider.get(paymentId) ?? { captures: 0, capturedMinor: 0, refundedMinor: 0 }
  if (kind === 'capture') {
    money.captures++
    money.capturedMinor += amount.amountMinor
  } else {
    money.refundedMinor += amount.amountMinor
  }
  provider.set(paymentId, money)
}
