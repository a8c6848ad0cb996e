import type { Writer } from 'banyan/data'
import type { ReservedItem } from '../schemas.ts'
import type { Movement, Reservation, ReservationState, StockBook, StockChange, StockLevel } from './stock-book.ts'

/** Writes what the changes made of the book: set-based, at most four statements, two for reservations alone. */
export function saveStock(
  tx: Writer,
  changes: readonly StockChange[],
  { book, now }: { book: StockBook; now: string },
): void {
  const made = new Set(changes.flatMap((change) => (isFirst(change) ? change.orderId : [])))
  const closed = new Set(
    changes.flatMap((change) => (isClosing(change) && !made.has(change.orderId) ? change.orderId : [])),
  )
  saveLevels(tx, touchedLevels(book, changes), now)
  insertReservations(tx, reservationsOf(book, made), now)
  saveStates(tx, reservationsOf(book, closed), now)
  saveMovements(tx, book.movements, now)
}

type First = Extract<StockChange, { kind: 'reserve' | 'bury' }>
type Closing = Exclude<StockChange, First | { kind: 'set' }>

function isFirst(change: StockChange): change is First {
  return change.kind === 'reserve' || change.kind === 'bury'
}

function isClosing(change: StockChange): change is Closing {
  return !isFirst(change) && change.kind !== 'set'
}

function reservationsOf(book: StockBook, orderIds: ReadonlySet<string>): readonly Reservation[] {
  return Array.from(orderIds, (orderId) => book.reservations.get(orderId)!)
}

function touchedLevels(book: StockBook, changes: readonly StockChange[]): readonly StockLevel[] {
  const ids = changes.flatMap((change) =>
    change.kind === 'set'
      ? [change.productId]
      : book.reservations.get(change.orderId)!.lines.map((line) => line.productId),
  )
  return Array.from(new Set(ids), (id) => book.levels.get(id)!)
}

function saveLevels(tx: Writer, levels: readonly StockLevel[], now: string): void {
  if (levels.length === 0) return
  tx.execute(UPDATE_STOCK, [
    levels.map((level) => level.productId),
    levels.map((level) => level.onHand),
    levels.map((level) => level.reserved),
    levels.map((level) => level.version),
    levels.map((level) => level.movements),
    levels.map((level) => level.events),
    now,
  ])
}

/** Sorted by order id: two writers of the same orders wait for each other instead of deadlocking. */
function insertReservations(tx: Writer, reservations: readonly Reservation[], now: string): void {
  if (reservations.length === 0) return
  const rows = reservations.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1)).flatMap(toLines)
  tx.execute(INSERT_RESERVATIONS, [
    rows.map((row) => row.orderId),
    rows.map((row) => row.number),
    rows.map((row) => row.line?.productId),
    rows.map((row) => row.line?.quantity),
    rows.map((row) => row.line?.name),
    rows.map((row) => row.line?.unitPrice.amountMinor),
    rows.map((row) => row.line?.unitPrice.currency),
    rows.map((row) => row.state),
    now,
  ])
}

interface LineToWrite {
  readonly orderId: string
  readonly state: ReservationState
  readonly number: number
  /** `null`: the tombstone. */
  readonly line: ReservedItem | null
}

function toLines({ orderId, state, lines }: Reservation): readonly LineToWrite[] {
  if (lines.length === 0) return [{ orderId, state, number: 1, line: null }]
  return lines.map((line, index) => ({ orderId, state, number: index + 1, line }))
}

function saveStates(tx: Writer, reservations: readonly Reservation[], now: string): void {
  if (reservations.length === 0) return
  tx.execute(UPDATE_RESERVATIONS, [
    reservations.map((reservation) => reservation.orderId),
    reservations.map((reservation) => reservation.state),
    now,
  ])
}

function saveMovements(tx: Writer, movements: readonly Movement[], now: string): void {
  if (movements.length === 0) return
  tx.execute(INSERT_MOVEMENTS, [
    movements.map((movement) => movement.productId),
    movements.map((movement) => movement.number),
    movements.map((movement) => movement.kind),
    movements.map((movement) => movement.quantity),
    movements.map((movement) => movement.orderId),
    now,
  ])
}

const UPDATE_STOCK = `
  UPDATE stock
  SET on_hand = next.on_hand, reserved = next.reserved, version = next.version, movements = next.movements,
      events = next.events, updated_at = $7::timestamptz
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::int[])
    AS next (product_id, on_hand, reserved, version, movements, events)
  WHERE stock.product_id = next.product_id`

const INSERT_RESERVATIONS = `
  INSERT INTO reservations
    (order_id, line, product_id, quantity, name, unit_price_minor, currency, state, changed_at)
  SELECT order_id, line, product_id, quantity, name, unit_price_minor, currency, state, $9::timestamptz
  FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::int[], $5::text[], $6::bigint[], $7::text[], $8::text[])
    AS new (order_id, line, product_id, quantity, name, unit_price_minor, currency, state)`

const UPDATE_RESERVATIONS = `
  UPDATE reservations SET state = next.state, changed_at = $3::timestamptz
  FROM unnest($1::text[], $2::text[]) AS next (order_id, state)
  WHERE reservations.order_id = next.order_id`

const INSERT_MOVEMENTS = `
  INSERT INTO stock_movements (product_id, number, kind, quantity, order_id, recorded_at)
  SELECT product_id, number, kind, quantity, order_id, $6::timestamptz
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[], $5::text[])
    AS new (product_id, number, kind, quantity, order_id)`
