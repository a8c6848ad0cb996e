import type { ReservedItem } from '../schemas.ts'

/**
 * What one order holds. `held` is open; the others say how it ended:
 *
 *   held → sold       the order was confirmed: the goods left the shelf
 *   held → released   the order came to nothing: the goods never left
 *   sold → returned   a confirmed order was cancelled: the goods are back on the shelf
 *
 * `released` without lines is a tombstone: the release came before the reservation, which must not happen any more.
 */
export type ReservationState = 'held' | 'sold' | 'released' | 'returned'

export interface Reservation {
  readonly orderId: string
  readonly state: ReservationState
  readonly lines: readonly ReservedItem[]
}

export interface StockLevel {
  readonly productId: string
  readonly onHand: number
  /** Part of `onHand` that open orders hold. */
  readonly reserved: number
  readonly version: number
  /** Rows of this product in the ledger. */
  readonly movements: number
  /** Events of this product's stock. */
  readonly events: number
}

export type MovementKind = 'initial' | 'restocked' | 'corrected' | 'sold' | 'returned'

/** One row of the ledger: by how much `onHand` changed, and why. */
export interface Movement {
  readonly productId: string
  readonly number: number
  readonly kind: MovementKind
  readonly quantity: number
  readonly orderId: string | null
}

export type StockChange =
  | { readonly kind: 'reserve'; readonly orderId: string; readonly lines: readonly ReservedItem[] }
  | { readonly kind: 'release' | 'return' | 'bury'; readonly orderId: string }
  | { readonly kind: 'set'; readonly productId: string; readonly onHand: number }

/** The working copy of one transaction: rows that it has locked, and what became of them. */
export interface StockBook {
  readonly levels: Map<string, StockLevel>
  readonly reservations: Map<string, Reservation>
  readonly movements: Movement[]
}

export function createStockBook(levels: readonly StockLevel[], reservations: readonly Reservation[]): StockBook {
  return {
    levels: new Map(levels.map((level) => [level.productId, level])),
    reservations: new Map(reservations.map((reservation) => [reservation.orderId, reservation])),
    movements: [],
  }
}

export function availableOf(level: StockLevel): number {
  return level.onHand - level.reserved
}

/** Carries one decided change into the book. The decision has checked that it can be. */
export function applyChange(book: StockBook, change: StockChange): void {
  switch (change.kind) {
    case 'reserve':
      for (const line of change.lines) adjust(book, line.productId, { reserved: line.quantity })
      return putReservation(book, { orderId: change.orderId, state: 'held', lines: change.lines })
    case 'bury':
      return putReservation(book, { orderId: change.orderId, state: 'released', lines: [] })
    case 'set':
      return setOnHand(book, change.productId, change.onHand)
    default:
      return close(book, change.orderId, CLOSINGS[change.kind])
  }
}

interface Closing {
  readonly state: ReservationState
  /** Sign of the change to `onHand` and to `reserved`, per unit of the line. */
  readonly onHand: 0 | 1
  readonly reserved: -1 | 0
  readonly movement: 'returned' | null
}

/** A sale is made in the tables themselves: see sell-reserved.ts. */
const CLOSINGS: Readonly<Record<'release' | 'return', Closing>> = {
  release: { state: 'released', onHand: 0, reserved: -1, movement: null },
  return: { state: 'returned', onHand: 1, reserved: 0, movement: 'returned' },
}

function close(book: StockBook, orderId: string, closing: Closing): void {
  const reservation = book.reservations.get(orderId)!
  for (const { productId, quantity } of reservation.lines) {
    adjust(book, productId, { onHand: closing.onHand * quantity, reserved: closing.reserved * quantity })
    if (closing.movement)
      record(book, { productId, kind: closing.movement, quantity: closing.onHand * quantity, orderId })
  }
  putReservation(book, { ...reservation, state: closing.state })
}

function setOnHand(book: StockBook, productId: string, onHand: number): void {
  const level = book.levels.get(productId)!
  const quantity = onHand - level.onHand
  adjust(book, productId, { onHand: quantity, events: 1 })
  record(book, { productId, kind: quantity < 0 ? 'corrected' : 'restocked', quantity, orderId: null })
}

function adjust(
  book: StockBook,
  productId: string,
  by: Partial<Record<'onHand' | 'reserved' | 'events', number>>,
): void {
  const level = book.levels.get(productId)!
  book.levels.set(productId, {
    ...level,
    onHand: level.onHand + (by.onHand ?? 0),
    reserved: level.reserved + (by.reserved ?? 0),
    events: level.events + (by.events ?? 0),
    version: level.version + 1,
  })
}

function record(book: StockBook, movement: Omit<Movement, 'number'>): void {
  const level = book.levels.get(movement.productId)!
  const number = level.movements + 1
  book.levels.set(movement.productId, { ...level, movements: number })
  book.movements.push({ ...movement, number })
}

function putReservation(book: StockBook, reservation: Reservation): void {
  book.reservations.set(reservation.orderId, reservation)
}
