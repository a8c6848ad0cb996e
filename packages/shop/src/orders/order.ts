import type { NewEvent } from 'banyan/log'
import { reply, type Reply } from 'banyan/contract'
import { orderErrors } from './errors.ts'
import type { Order, OrderStatus, PricedItem, RequestedItem } from './schemas.ts'

/**
 * An order as the service stores it.
 *
 * pending ──▶ confirmed ──▶ cancelling ──▶ cancelled('cancelled')
 *    └──▶ cancelled(reason)
 *
 * `cancelled` is written only after money and stock are back.
 */
export interface OrderRow {
  readonly id: string
  readonly userId: string
  readonly status: OrderStatus
  readonly reason: string | null
  readonly requested: readonly RequestedItem[]
  /** `null` until it ended: only then are its lines written. */
  readonly items: readonly PricedItem[] | null
  readonly totalMinor: number | null
  readonly paymentId: string | null
  readonly cancelRequested: boolean
  readonly version: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** One change, as it is written: the row after it. `settle` ends a checkout and writes the order's lines. */
export interface OrderChange {
  readonly kind: 'place' | 'settle' | 'move' | 'request-cancel'
  readonly order: OrderRow
}

/** Where the transitions of sagas begin. What a customer's cancellation does in each state, `cancelOrder` says. */
const BEGINS_FROM = { confirm: 'pending', abandon: 'pending', finish: 'cancelling' } as const

export type Transition = keyof typeof BEGINS_FROM

/** @throws `orders.ILLEGAL_TRANSITION` */
export function assertTransition(order: OrderRow, transition: Transition): void {
  const from = BEGINS_FROM[transition]
  if (order.status !== from) {
    throw orderErrors.ILLEGAL_TRANSITION({ orderId: order.id, status: order.status, transition, from })
  }
}

/** The row after a transition. */
export function moved(order: OrderRow, to: Partial<OrderRow>, now: string): OrderRow {
  return { ...order, ...to, version: order.version + 1, updatedAt: now }
}

/** The event of a change: its version is the order's. */
export function eventOf(order: OrderRow, name: string, payload: object): NewEvent {
  return {
    type: `orders.${name}.v1`,
    aggregateId: order.id,
    version: order.version,
    payload: { orderId: order.id, userId: order.userId, ...payload },
  }
}

export function toReply(order: OrderRow): Reply<Order> {
  return reply(toOrder(order), { versions: `o${order.version}`, changedAt: order.updatedAt })
}

export function toOrder(order: OrderRow): Order {
  const { id, userId, status, reason, requested, items, totalMinor, paymentId, createdAt, updatedAt } = order
  return {
    id,
    userId,
    status,
    reason,
    items: items ? [...items] : requested.map((item) => ({ ...item, name: null, unitPrice: null })),
    total: totalMinor === null ? null : { amountMinor: totalMinor, currency: 'USD' },
    paymentId,
    createdAt,
    updatedAt,
  }
}
