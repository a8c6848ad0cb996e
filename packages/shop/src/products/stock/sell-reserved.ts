import type { PayloadOf } from 'banyan/contract'
import type { Clock } from 'banyan/core'
import type { ConsumerDefinition } from 'banyan/events'
import type { orders } from '../../orders/contract.ts'
import { decideSell } from './reservation.ts'
import { applyChange } from './stock-book.ts'
import { lockStockOf } from './stock-locks.ts'
import { saveStock } from './stock-writes.ts'

type Confirmed = PayloadOf<(typeof orders.events)['order-confirmed.v1']>

/** Turns the reservations of confirmed orders into sales: the goods leave the shelf and the ledger says so. */
export function sellReserved(clock: Clock): ConsumerDefinition {
  return {
    name: 'products.sell-reserved',
    types: ['orders.order-confirmed.v1'],
    async handle(tx, events) {
      const orderIds = [...new Set(events.map((event) => (event.payload as Confirmed).orderId))]
      const book = await lockStockOf(tx, orderIds)
      const changes = orderIds.flatMap((orderId) => decideSell(book, orderId))
      for (const change of changes) applyChange(book, change)
      saveStock(tx, changes, { book, now: new Date(clock.now()).toISOString() })
    },
  }
}
