import { command, query, type Handlers } from 'banyan/command'
import { createClient, reply } from 'banyan/contract'
import { defineService } from 'banyan/runtime'
import { auditOrders } from './audit.ts'
import { cancelOrder, finishCancel } from './cancel-order.ts'
import { cancelSaga } from './cancel-saga.ts'
import { checkout } from './checkout.ts'
import { orders } from './contract.ts'
import { placeOrder } from './place-order.ts'
import { orderHistory } from './projections/order-history.ts'
import { listOrderHistory } from './projections/order-history-store.ts'
import { getOrder, listOrderMoney, listOrders, listUserOrders } from './read-orders.ts'
import { abandonOrder, confirmOrder } from './settle-checkout.ts'
import { payments } from '../payments/contract.ts'
import { readStory, type StorySources } from './story.ts'

/** Orders and the sagas that place and cancel them. Sharded by user. */
export const ordersService = defineService({
  contract: orders,
  migrations: new URL('./migrations/', import.meta.url),
  create({ shards, wire, clock, random }) {
    const principal = { kind: 'service', name: orders.name } as const
    const sources = { shards, payments: createClient(payments, wire, { clock, random, principal }) }
    return { handlers: handlersOf(sources), sagas: [checkout, cancelSaga], projections: [orderHistory] }
  },
})

function handlersOf(sources: StorySources): Handlers<typeof orders> {
  const { shards } = sources
  return {
    placeOrder: command(placeOrder),
    cancelOrder: command(cancelOrder),
    getOrder: query(({ orderId }) => getOrder(shards, orderId)),
    listUserOrders: query((input) => listUserOrders(shards, input)),
    listOrderHistory: query(async ({ userId, ...page }) =>
      reply(await listOrderHistory(shards.shard(userId), userId, page)),
    ),
    listOrders: query((input) => listOrders(shards.root, input)),
    getStory: query(({ orderId }, call) => readStory(sources, orderId, call)),
    confirmOrder: command(confirmOrder),
    abandonOrder: command(abandonOrder),
    finishCancel: command(finishCancel),
    listOrderMoney: query((input) => listOrderMoney(shards.root, input)),
    audit: query(async () => reply(await auditOrders(shards))),
  }
}
