import { accept, refuse, type CommandHandler, type CommandItem, type Decision, type SagaEnd } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import type { ErrorJson } from 'banyan/core'
import { sagaEngineErrors } from 'banyan/saga'
import { paymentErrors } from '../payments/contract.ts'
import { productErrors } from '../products/contract.ts'
import type { orders } from './contract.ts'
import { orderErrors } from './errors.ts'
import { assertTransition, eventOf, moved, toReply, type OrderChange, type OrderRow } from './order.ts'
import type { Order } from './schemas.ts'
import { lockOrders, lockUnsettledOrders, saveOrders } from './store.ts'

type Confirm = InputOf<typeof orders.operations.confirmOrder>
type Abandon = InputOf<typeof orders.operations.abandonOrder>
type Orders = Map<string, OrderRow>

/** The checkout's good end: the order is confirmed and the saga over, in one transaction. */
export const confirmOrder: CommandHandler<Confirm, Order, Orders, OrderChange> = {
  load: (tx, items) =>
    lockUnsettledOrders(
      tx,
      items.map((item) => item.input),
    ),
  decide(state, item) {
    const { orderId, items, total, paymentId } = item.input
    const pending = state.get(orderId)!
    assertTransition(pending, 'confirm')
    if (pending.cancelRequested) return refuse(orderErrors.CANCEL_REQUESTED({ orderId }))
    const order = moved(pending, { status: 'confirmed', items, totalMinor: total.amountMinor, paymentId }, item.now)
    const outcome = { kind: 'reply', reply: toReply(order) } as const
    return settle(
      order,
      eventOf(order, 'order-confirmed', { items, total, paymentId }),
      endOf(item, 'completed', outcome),
    )
  },
  evolve: (state, { order }) => void state.set(order.id, order),
  save: saveOrders,
}

/** The checkout's other end: everything was undone, and whoever waits learns why. */
export const abandonOrder: CommandHandler<Abandon, Order, Orders, OrderChange> = {
  load: (tx, items) =>
    lockOrders(
      tx,
      items.map((item) => item.input),
    ),
  decide(state, item) {
    const { orderId, items, total, reason } = item.input
    const pending = state.get(orderId)!
    // Asked again, its first answer lost: no other checkout could have cancelled it, and none can start.
    if (pending.status === 'cancelled') return accept(toReply(pending))
    assertTransition(pending, 'abandon')
    const to = {
      status: 'cancelled',
      reason: reasonOf(reason.code),
      items,
      totalMinor: total?.amountMinor ?? null,
    } as const
    const order = moved(pending, to, item.now)
    const outcome = { kind: 'error', error: answerOf(reason.error as unknown as ErrorJson, orderId) } as const
    return settle(
      order,
      eventOf(order, 'order-cancelled', { reason: order.reason, items }),
      endOf(item, 'compensated', outcome),
    )
  },
  evolve: (state, { order }) => void state.set(order.id, order),
  save: saveOrders,
}

function settle(order: OrderRow, event: ReturnType<typeof eventOf>, saga: SagaEnd): Decision<Order, OrderChange> {
  return { ...accept(toReply(order), [{ kind: 'settle' as const, order }], [event]), saga }
}

function endOf(item: CommandItem<unknown>, status: SagaEnd['status'], outcome: SagaEnd['outcome']): SagaEnd {
  const { id, fence } = item.call.saga!
  return { kind: 'end', id, fence, status, outcome }
}

/** What the order says of itself, by the code of the error for which its checkout turned back. */
function reasonOf(code: string): string {
  return REASONS[code] ?? 'not-placed'
}

const REASONS: Readonly<Record<string, string>> = {
  [productErrors.OUT_OF_STOCK.code]: 'out-of-stock',
  [productErrors.UNKNOWN_PRODUCT.code]: 'unknown-product',
  [paymentErrors.CARD_DECLINED.code]: 'card-declined',
  [orderErrors.PRICE_CHANGED.code]: 'price-changed',
  [orderErrors.CANCEL_REQUESTED.code]: 'cancelled',
  [sagaEngineErrors.DEADLINE_PASSED.code]: 'expired',
}

/** The answer to whoever placed the order: the refusal itself, naming the order, with nothing left in doubt. */
function answerOf(error: ErrorJson, orderId: string): ErrorJson {
  if (error.code === sagaEngineErrors.DEADLINE_PASSED.code) return orderErrors.EXPIRED({ orderId }).toJSON()
  return { ...error, effect: 'not-applied', retry: 'never', details: { ...error.details, orderId } }
}
