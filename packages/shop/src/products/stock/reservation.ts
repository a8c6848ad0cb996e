import { accept, refuse, sagaErrors, type Decision } from 'banyan/command'
import { MAX_AMOUNT_MINOR, reply } from 'banyan/contract'
import { productErrors } from '../errors.ts'
import type { Released, RequestedItem, Reserved, ReservedItem } from '../schemas.ts'
import { availableOf, type Reservation, type StockBook, type StockChange } from './stock-book.ts'

/** What a reservation takes from the catalogue: name and price as they are at this moment. */
export interface Offer {
  readonly name: string
  readonly priceMinor: number
}

export interface ReservationRequest {
  readonly orderId: string
  readonly items: readonly RequestedItem[]
}

/** Holds all lines of an order or none. A repeat finds the reservation and answers the same. */
export function decideReserve(
  book: StockBook,
  offers: ReadonlyMap<string, Offer>,
  request: ReservationRequest,
): Decision<Reserved, StockChange> {
  const existing = book.reservations.get(request.orderId)
  if (existing) return isOpen(existing) ? accept(reply(toReserved(existing.lines))) : refuse(sagaErrors.COMPENSATED())
  const lines: ReservedItem[] = []
  for (const { productId, quantity } of mergeItems(request.items)) {
    const offer = offers.get(productId)
    const level = book.levels.get(productId)
    if (!offer || !level) return refuse(productErrors.UNKNOWN_PRODUCT({ productId }))
    const available = availableOf(level)
    if (available < quantity) return refuse(productErrors.OUT_OF_STOCK({ productId, requested: quantity, available }))
    lines.push({ productId, name: offer.name, quantity, unitPrice: usd(offer.priceMinor) })
  }
  const reserved = toReserved(lines)
  const total = reserved.total.amountMinor
  if (total > MAX_AMOUNT_MINOR) return refuse(productErrors.TOTAL_TOO_LARGE({ total, allowed: MAX_AMOUNT_MINOR }))
  return accept(reply(reserved), [{ kind: 'reserve', orderId: request.orderId, lines }])
}

/** Undoes a reservation at whatever point it is; when there is none, sees to it that there will be none. */
export function decideRelease(book: StockBook, orderId: string): Decision<Released, StockChange> {
  const reservation = book.reservations.get(orderId)
  if (!reservation) return accept(reply({ items: [] }), [{ kind: 'bury', orderId }])
  const answer = reply({ items: reservation.lines.map(({ productId, quantity }) => ({ productId, quantity })) })
  if (reservation.state === 'held') return accept(answer, [{ kind: 'release', orderId }])
  if (reservation.state === 'sold') return accept(answer, [{ kind: 'return', orderId }])
  return accept(answer)
}

function isOpen(reservation: Reservation): boolean {
  return reservation.state === 'held' || reservation.state === 'sold'
}

/** Lines of one product count together; the order of first mention stays. */
function mergeItems(items: readonly RequestedItem[]): readonly RequestedItem[] {
  const quantities = new Map<string, number>()
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  return Array.from(quantities, ([productId, quantity]) => ({ productId, quantity }))
}

function toReserved(lines: readonly ReservedItem[]): Reserved {
  const total = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amountMinor, 0)
  return { items: [...lines], total: usd(total) }
}

function usd(amountMinor: number): { amountMinor: number; currency: 'USD' } {
  return { amountMinor, currency: 'USD' }
}
