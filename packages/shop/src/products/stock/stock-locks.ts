import type { Session } from 'banyan/data'
import { isStoredId } from '../catalogue/product-store.ts'
import type { Offer } from './reservation.ts'
import {
  createStockBook,
  type Reservation,
  type ReservationState,
  type StockBook,
  type StockLevel,
} from './stock-book.ts'

export interface OfferedStock {
  readonly book: StockBook
  /** By product id; only what is in the catalogue. */
  readonly offers: ReadonlyMap<string, Offer>
}

/**
 * Locks the stock of products that orders want, in order of product ids, and reads what these orders hold already.
 * The second statement is given its snapshot once the locks are had, so a twin that held them is seen.
 */
export async function lockStockFor(
  tx: Session,
  productIds: readonly string[],
  orderIds: readonly string[],
): Promise<OfferedStock> {
  const [rows, reservations] = await Promise.all([
    tx.query<OfferRow>(LOCK_OFFERS, [productIds.filter(isStoredId)]),
    readReservations(tx, orderIds),
  ])
  const offers = rows.filter((row) => row.name !== null).map((row) => [row.product_id, toOffer(row)] as const)
  return { book: createStockBook(rows.map(toLevel), reservations), offers: new Map(offers) }
}

/**
 * Locks what these orders hold, by order and line, and then its stock, in order of product ids: the order of whoever closes
 * reservations. What commits between the two statements only locks more stock than is needed.
 */
export async function lockStockOf(tx: Session, orderIds: readonly string[]): Promise<StockBook> {
  const [reservations, rows] = await Promise.all([
    tx.query<ReservationRow>(LOCK_RESERVATIONS, [orderIds]),
    tx.query<LevelRow>(LOCK_RESERVED, [orderIds]),
  ])
  return createStockBook(rows.map(toLevel), toReservations(reservations))
}

interface LevelRow {
  readonly product_id: string
  readonly on_hand: number
  readonly reserved: number
  readonly version: string
  readonly movements: string
  readonly events: number
}

interface OfferRow extends LevelRow {
  /** Null when the product has been deleted. */
  readonly name: string | null
  readonly price_minor: string | null
}

interface ReservationRow {
  readonly order_id: string
  readonly product_id: string | null
  readonly quantity: number
  readonly name: string
  readonly unit_price_minor: string
  readonly currency: 'USD'
  readonly state: ReservationState
}

async function readReservations(tx: Session, orderIds: readonly string[]): Promise<readonly Reservation[]> {
  return orderIds.length === 0 ? [] : toReservations(await tx.query<ReservationRow>(READ_RESERVATIONS, [orderIds]))
}

function toReservations(rows: readonly ReservationRow[]): readonly Reservation[] {
  return Array.from(Map.groupBy(rows, (row) => row.order_id).values(), toReservation)
}

function toReservation(rows: readonly ReservationRow[]): Reservation {
  const [{ order_id: orderId, state }] = rows as [ReservationRow]
  const lines = rows
    .filter((row) => row.product_id !== null)
    .map((row) => ({
      productId: row.product_id!,
      name: row.name,
      quantity: row.quantity,
      unitPrice: { amountMinor: Number(row.unit_price_minor), currency: row.currency },
    }))
  return { orderId, state, lines }
}

function toLevel(row: LevelRow): StockLevel {
  return {
    productId: row.product_id,
    onHand: row.on_hand,
    reserved: row.reserved,
    version: Number(row.version),
    movements: Number(row.movements),
    events: row.events,
  }
}

function toOffer(row: OfferRow): Offer {
  return { name: row.name!, priceMinor: Number(row.price_minor) }
}

// LEFT JOIN and not JOIN: a deleted product's stock row is part of the lock order like any other. `deleted_at` is no condition
// of the join: a plan made while the catalogue was empty would go through the partial index of all that are in it.
export const LOCK_OFFERS = `
  SELECT s.product_id, s.on_hand, s.reserved, s.version, s.movements, s.events,
         CASE WHEN p.deleted_at IS NULL THEN p.name END AS name, p.price_minor
  FROM stock s LEFT JOIN products p ON p.id = s.product_id
  WHERE s.product_id = ANY ($1::bigint[])
  ORDER BY s.product_id FOR UPDATE OF s`

const LOCK_RESERVED = `
  SELECT product_id, on_hand, reserved, version, movements, events
  FROM stock
  WHERE product_id IN (SELECT product_id FROM reservations WHERE order_id = ANY ($1::text[]))
  ORDER BY product_id FOR UPDATE`

const READ_RESERVATIONS = `
  SELECT order_id, product_id, quantity, name, unit_price_minor, currency, state
  FROM reservations WHERE order_id = ANY ($1::text[]) ORDER BY order_id, line`

const LOCK_RESERVATIONS = `${READ_RESERVATIONS} FOR UPDATE`
