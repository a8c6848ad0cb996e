import { createCursor, toPage, type InputOf, type OutputOf } from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { products } from '../contract.ts'
import type { ReservationState } from './stock-book.ts'

type Input = InputOf<typeof products.operations.listReservations>
type Output = OutputOf<typeof products.operations.listReservations>

/** Tombstones included: they say that nothing was ever held. */
export async function listReservations(session: Session, { limit = 1_000, cursor }: Input): Promise<Output> {
  const rows = await session.query<HeldRow>(LIST, [byOrder.decode(cursor) ?? '', limit + 1])
  const { items, nextCursor } = toPage(rows, limit, (last) => byOrder.encode(last.order_id))
  return {
    items: items.map((row) => ({
      orderId: row.order_id,
      state: row.state,
      total: { amountMinor: Number(row.total_minor), currency: 'USD' },
    })),
    nextCursor,
  }
}

const byOrder = createCursor('reservations', /^ord_[1-9]\d{0,17}_[0-9a-hjkmnp-tv-z]{16}$/)

interface HeldRow {
  readonly order_id: string
  readonly state: ReservationState
  readonly total_minor: string
}

const LIST = `
  SELECT order_id, min(state) AS state, coalesce(sum(quantity * unit_price_minor), 0) AS total_minor
  FROM reservations WHERE order_id > $1::text GROUP BY order_id ORDER BY order_id LIMIT $2::int`
