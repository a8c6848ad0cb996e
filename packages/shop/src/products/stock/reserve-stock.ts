import type { CommandHandler } from 'banyan/command'
import { decideRelease, decideReserve, type ReservationRequest } from './reservation.ts'
import type { Released, Reserved } from '../schemas.ts'
import { applyChange, type StockBook, type StockChange } from './stock-book.ts'
import { lockStockFor, lockStockOf, type OfferedStock } from './stock-locks.ts'
import { saveStock } from './stock-writes.ts'

interface Reserving extends OfferedStock {
  readonly now: string
}

/**
 * The hot path of every checkout: two statements to load, two to save, whatever the size of the batch. Batches of
 * several processes that share a product wait for each other at its stock row; the order of ids keeps them from
 * deadlocking.
 */
export const reserveStock: CommandHandler<ReservationRequest, Reserved, Reserving, StockChange> = {
  async load(tx, items) {
    const productIds = new Set(items.flatMap(({ input }) => input.items.map((item) => item.productId)))
    const orderIds = items.map(({ input }) => input.orderId)
    return { ...(await lockStockFor(tx, [...productIds], orderIds)), now: items[0]!.now }
  },
  decide: ({ book, offers }, { input }) => decideReserve(book, offers, input),
  evolve: ({ book }, change) => applyChange(book, change),
  save: (tx, changes, state) => saveStock(tx, changes, state),
}

interface Releasing {
  readonly book: StockBook
  readonly now: string
}

/** Compensation of `reserveStock`, and a step of cancelling a confirmed order. */
export const releaseStock: CommandHandler<{ readonly orderId: string }, Released, Releasing, StockChange> = {
  async load(tx, items) {
    const orderIds = items.map(({ input }) => input.orderId)
    return { book: await lockStockOf(tx, orderIds), now: items[0]!.now }
  },
  decide: ({ book }, { input }) => decideRelease(book, input.orderId),
  evolve: ({ book }, change) => applyChange(book, change),
  save: (tx, changes, state) => saveStock(tx, changes, state),
}
