import { accept, refuse, type CommandHandler, type CommandItem, type Decision } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import { relatedId } from 'banyan/core'
import { checkout } from './checkout.ts'
import type { orders } from './contract.ts'
import { orderErrors } from './errors.ts'
import { eventOf, toReply, type OrderChange, type OrderRow } from './order.ts'
import { MAX_QUANTITY, type Order, type RequestedItem } from './schemas.ts'
import { saveOrders } from './store.ts'

type Input = InputOf<typeof orders.operations.placeOrder>

/** Writes the order as pending and begins its checkout; the answer is the checkout's. */
export const placeOrder: CommandHandler<Input, Order, null, OrderChange> = {
  load: async () => null,
  presume: () => null,
  decide: (_, item) => decide(item),
  evolve: () => undefined,
  save: saveOrders,
}

function decide(item: CommandItem<Input>): Decision<Order, OrderChange> {
  const { userId, paymentMethod, expectedTotal } = item.input
  const items = mergeLines(item.input.items)
  const excess = items.find((line) => line.quantity > MAX_QUANTITY)
  if (excess) return refuse(orderErrors.TOO_MANY_OF_ONE({ ...excess, limit: MAX_QUANTITY }))

  const order = newOrder(item, items)
  return {
    ...accept(toReply(order), [{ kind: 'place' as const, order }], [eventOf(order, 'order-placed', { items })]),
    saga: {
      kind: 'start',
      id: relatedId('checkout', order.id),
      name: checkout.name,
      subject: order.id,
      input: { orderId: order.id, userId, items, paymentMethod, expectedTotal: expectedTotal ?? null },
    },
  }
}

function newOrder({ input, now, newId }: CommandItem<Input>, requested: readonly RequestedItem[]): OrderRow {
  return {
    id: newId('ord', input.userId),
    userId: input.userId,
    status: 'pending',
    reason: null,
    requested,
    items: null,
    totalMinor: null,
    paymentId: null,
    cancelRequested: false,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
}

/** Lines for the same product become one, in order of their first mention. */
function mergeLines(lines: readonly RequestedItem[]): RequestedItem[] {
  const merged = new Map<string, number>()
  for (const { productId, quantity } of lines) merged.set(productId, (merged.get(productId) ?? 0) + quantity)
  return [...merged].map(([productId, quantity]) => ({ productId, quantity }))
}
