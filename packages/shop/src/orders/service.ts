import { command, query } from 'banyan/command'
import { reply } from 'banyan/contract'
import { defineService } from 'banyan/runtime'
import { auditOrders } from './audit.ts'
import { cancelOrder, finishCancel } from './cancel-order.ts'
import { cancelSaga } from './cancel-saga.ts'
import { checkout } from './checkout.ts'
import { orders } from './contract.ts'
import { placeOrder } from './place-order.ts'
import { getOrder, listOrderMoney, listOrders, listUserOrders } from './read-orders.ts'
import { abandonOrder, confirmOrder } from './settle-checkout.ts'
import { readStory } from './story.ts'

/** Orders and the sagas that place and cancel them. Sharded by user. */
export const ordersService = defineService({
  contract: orders,
  migrations: new URL('./migrations/', import.meta.url),
  create: ({ shards, wire }) => ({
    handlers: {
      placeOrder: command(placeOrder),
      cancelOrder: command(cancelOrder),
      getOrder: query(({ orderId }) => getOrder(shards, orderId)),
      listUserOrders: query((input) => listUserOrders(shards, input)),
      listOrders: query((input) => listOrders(shards.root, input)),
      getStory: query(({ orderId }) => readStory(shards, wire, orderId)),
      confirmOrder: command(confirmOrder),
      abandonOrder: command(abandonOrder),
      finishCancel: command(finishCancel),
      listOrderMoney: query((input) => listOrderMoney(shards.root, input)),
      audit: query(async () => reply(await auditOrders(shards))),
    },
    sagas: [checkout, cancelSaga],
  }),
})
