import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import { coreErrors, ownerOfId, relatedId } from 'banyan/core'
import { cancelSaga } from './cancel-saga.ts'
import type { orders } from './contract.ts'
import { orderErrors } from './errors.ts'
import { assertTransition, eventOf, moved, toReply, type OrderChange, type OrderRow } from './order.ts'
import type { Order } from './schemas.ts'
import { findOrder, lockOrders, saveOrders } from './store.ts'

type Cancel = InputOf<typeof orders.operations.cancelOrder>
type Finish = InputOf<typeof orders.operations.finishCancel>
type Orders = Map<string, OrderRow>

/** Cancels by whatever way the order's state allows; the answer is the order once money and stock are back. */
export const cancelOrder: CommandHandler<Cancel, Order, Orders, OrderChange> = {
  load: (tx, items) =>
    lockOrders(
      tx,
      items.map(({ input: { orderId } }) => referenceTo(orderId)),
    ),
  decide(state, item) {
    const order = state.get(item.input.orderId)
    if (!order) return refuse(coreErrors.NOT_FOUND())
    return cancelByStatus[order.status](order, item)
  },
  evolve: (state, { order }) => void state.set(order.id, order),
  save: saveOrders,
  async finish(session, { orderId }) {
    const order = await findOrder(session, referenceTo(orderId))
    return { kind: 'reply', reply: toReply(order!) }
  },
}

const cancelByStatus = {
  /** Confirm will refuse, the checkout turns back, and this waits for its end. */
  pending(order: OrderRow): Decision<Order, OrderChange> {
    const flagged = { ...order, cancelRequested: true }
    const changes = order.cancelRequested ? [] : [{ kind: 'request-cancel' as const, order: flagged }]
    return { ...accept(toReply(order), changes), saga: { kind: 'join', id: relatedId('checkout', order.id) } }
  },
  confirmed(order: OrderRow, { now }: CommandItem<Cancel>): Decision<Order, OrderChange> {
    const cancelling = moved(order, { status: 'cancelling' }, now)
    const { id: orderId, userId } = order
    return {
      ...accept(
        toReply(cancelling),
        [{ kind: 'move' as const, order: cancelling }],
        [eventOf(cancelling, 'order-cancelling', {})],
      ),
      saga: {
        kind: 'start',
        id: relatedId('cancel', orderId),
        name: cancelSaga.name,
        subject: orderId,
        input: { orderId, userId },
      },
    }
  },
  cancelling(order: OrderRow): Decision<Order, OrderChange> {
    return { ...accept<Order, OrderChange>(toReply(order)), saga: { kind: 'join', id: relatedId('cancel', order.id) } }
  },
  cancelled(order: OrderRow): Decision<Order, OrderChange> {
    if (order.reason === 'cancelled') return accept(toReply(order))
    return refuse(orderErrors.NOT_CANCELLABLE({ orderId: order.id, reason: order.reason }))
  },
}

/** The cancellation's end: only now, with money and stock back, is the order cancelled. */
export const finishCancel: CommandHandler<Finish, Order, Orders, OrderChange> = {
  load: (tx, items) =>
    lockOrders(
      tx,
      items.map((item) => item.input),
    ),
  decide(state, { input, now, call }) {
    const cancelling = state.get(input.orderId)!
    assertTransition(cancelling, 'finish')
    const order = moved(cancelling, { status: 'cancelled', reason: 'cancelled' }, now)
    const outcome = { kind: 'reply', reply: toReply(order) } as const
    return {
      ...accept(
        toReply(order),
        [{ kind: 'move' as const, order }],
        [eventOf(order, 'order-cancelled', { reason: order.reason, items: order.items })],
      ),
      saga: { kind: 'end', id: call.saga!.id, fence: call.saga!.fence, status: 'completed', outcome },
    }
  },
  evolve: (state, { order }) => void state.set(order.id, order),
  save: saveOrders,
}

function referenceTo(orderId: string) {
  return { orderId, userId: ownerOfId('ord', orderId)! }
}
