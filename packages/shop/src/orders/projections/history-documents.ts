import type { PayloadOf } from 'banyan/contract'
import type { StoredEvent } from 'banyan/log'
import type { payments } from '../../payments/contract.ts'
import type { products } from '../../products/contract.ts'
import type { users } from '../../users/contract.ts'
import type { orders } from '../contract.ts'

type Money = PayloadOf<(typeof payments.events)['payment-captured.v1']>['amount']
type PricedItem = PayloadOf<(typeof orders.events)['order-confirmed.v1']>['items'][number]
type RequestedItem = PayloadOf<(typeof orders.events)['order-placed.v1']>['items'][number]

/**
 * What is known of an order. Each field is written by one log only, and within a log the last event wins: so parts of a
 * document can be merged field by field in whatever order the logs arrive.
 */
export interface OrderDocument {
  readonly status?: 'pending' | 'confirmed' | 'cancelling' | 'cancelled'
  readonly reason?: string
  readonly items?: readonly (PricedItem | RequestedItem)[]
  readonly total?: Money
  readonly placedAt?: string
  readonly paymentId?: string
  readonly paymentStatus?: 'captured' | 'declined'
  readonly captured?: Money
  readonly refunded?: Money
}

export interface UserDocument {
  /** `null`: deleted, so nobody is named any more. */
  readonly name: string | null
}

export interface ProductDocument {
  readonly name: string
}

/** A part of one row's document. */
export interface HistoryPart {
  readonly userId: string
  /** `''` for the user's own row, `product-<id>` (of user 0) for a product's. */
  readonly rowId: string
  readonly document: OrderDocument | UserDocument | ProductDocument
  readonly updatedAt: string
}

/** Reads each event as a part of one document. Types that are not in the table were not asked for. */
const PARTS = {
  'orders.order-placed.v1': ofOrder<'order-placed.v1'>(({ items }, placedAt) => ({
    status: 'pending',
    items,
    placedAt,
  })),
  'orders.order-confirmed.v1': ofOrder<'order-confirmed.v1'>(({ items, total }) => ({
    status: 'confirmed',
    items,
    total,
  })),
  'orders.order-cancelling.v1': ofOrder<'order-cancelling.v1'>(() => ({ status: 'cancelling' })),
  'orders.order-cancelled.v1': ofOrder<'order-cancelled.v1'>(({ reason, items }) => ({
    status: 'cancelled',
    reason,
    ...(items ? { items } : {}),
  })),
  'payments.payment-captured.v1': ofPayment<'payment-captured.v1'>(({ paymentId, amount }) => ({
    paymentId,
    paymentStatus: 'captured',
    captured: amount,
  })),
  'payments.payment-declined.v1': ofPayment<'payment-declined.v1'>(({ paymentId }) => ({
    paymentId,
    paymentStatus: 'declined',
  })),
  'payments.payment-refunded.v1': ofPayment<'payment-refunded.v1'>(({ refundedTotal }) => ({
    refunded: refundedTotal,
  })),
  'users.user-registered.v1': ofUser<'user-registered.v1'>(({ name }) => ({ name })),
  'users.user-renamed.v1': ofUser<'user-renamed.v1'>(({ name }) => ({ name })),
  'users.user-deleted.v1': ofUser<'user-deleted.v1'>(() => ({ name: null })),
  'products.product-created.v1': ofProduct,
  'products.product-changed.v1': ofProduct,
} satisfies Record<string, (event: StoredEvent<never>) => HistoryPart>

export const HISTORY_TYPES: readonly string[] = Object.keys(PARTS)

/** One part per row: a batch holds an order's whole life more often than not. */
export function foldHistory(events: readonly StoredEvent[]): readonly HistoryPart[] {
  const rows = new Map<string, HistoryPart>()
  for (const event of events) {
    const part = PARTS[event.type as keyof typeof PARTS](event as StoredEvent<never>)
    const key = `${part.userId} ${part.rowId}`
    const known = rows.get(key)
    rows.set(key, known ? merge(known, part) : part)
  }
  // In the order of the key: two processes that merge the same rows must not wait for each other in a circle.
  return [...rows.values()].sort((a, b) => compare(a.userId, b.userId) || compare(a.rowId, b.rowId))
}

function merge(known: HistoryPart, part: HistoryPart): HistoryPart {
  const updatedAt = part.updatedAt > known.updatedAt ? part.updatedAt : known.updatedAt
  return { ...part, document: { ...known.document, ...part.document }, updatedAt }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function ofOrder<Type extends keyof typeof orders.events>(
  read: (payload: PayloadOf<(typeof orders.events)[Type]>, recordedAt: string) => OrderDocument,
) {
  return ({ payload, recordedAt }: StoredEvent<PayloadOf<(typeof orders.events)[Type]>>): HistoryPart => ({
    userId: payload.userId,
    rowId: payload.orderId,
    document: read(payload, recordedAt),
    updatedAt: recordedAt,
  })
}

function ofPayment<Type extends keyof typeof payments.events>(
  read: (payload: PayloadOf<(typeof payments.events)[Type]>) => OrderDocument,
) {
  return ({ payload, recordedAt }: StoredEvent<PayloadOf<(typeof payments.events)[Type]>>): HistoryPart => ({
    userId: payload.userId,
    rowId: payload.orderId,
    document: read(payload),
    updatedAt: recordedAt,
  })
}

function ofUser<Type extends keyof typeof users.events>(
  read: (payload: PayloadOf<(typeof users.events)[Type]>) => UserDocument,
) {
  return ({ payload, recordedAt }: StoredEvent<PayloadOf<(typeof users.events)[Type]>>): HistoryPart => ({
    userId: payload.userId,
    rowId: '',
    document: read(payload),
    updatedAt: recordedAt,
  })
}

function ofProduct(event: StoredEvent<PayloadOf<(typeof products.events)['product-changed.v1']>>): HistoryPart {
  const { productId, name } = event.payload
  return { userId: '0', rowId: `product-${productId}`, document: { name }, updatedAt: event.recordedAt }
}
