import type { Client, OutputOf } from 'banyan/contract'
import type { orders } from '../orders/contract.ts'
import type { payments } from '../payments/contract.ts'
import type { products } from '../products/contract.ts'
import { readPages } from './pages.ts'

export type OrderMoney = OutputOf<typeof orders.operations.listOrderMoney>['items'][number]
export type Reservation = OutputOf<typeof products.operations.listReservations>['items'][number]
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
  /** What is set apart or sold, by order id. */
  readonly reservations: ReadonlyMap<string, Reservation>
  /** What our own payments say, by payment id. */
  readonly charges: ReadonlyMap<string, { readonly capturedMinor: number; readonly refundedMinor: number }>
}

/**
 * Reads orders first and the provider last: money moves, and stock is set apart, before an order is confirmed; both go back before it
 * is cancelled. So whatever the orders say must already be in what is read after them.
 */
export async function readBooks(clients: {
  readonly orders: Client<typeof orders>
  readonly payments: Client<typeof payments>
  readonly products: Client<typeof products>
}): Promise<Books> {
  const byOrder = new Map<string, OrderMoney>()
  for await (const order of readPages((cursor) => clients.orders.listOrderMoney({ limit: 1_000, cursor }))) {
    byOrder.set(order.orderId, order)
  }
  const reservations = new Map<string, Reservation>()
  for await (const one of readPages((cursor) => clients.products.listReservations({ limit: 1_000, cursor }))) {
    reservations.set(one.orderId, one)
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
  return { orders: byOrder, provider, reservations, charges }
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
