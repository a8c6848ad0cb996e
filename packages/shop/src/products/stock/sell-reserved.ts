import type { PayloadOf } from 'banyan/contract'
import type { Clock } from 'banyan/core'
import type { Writer } from 'banyan/data'
import type { ConsumerDefinition } from 'banyan/events'
import type { orders } from '../../orders/contract.ts'

type Confirmed = PayloadOf<(typeof orders.events)['order-confirmed.v1']>

/**
 * Turns the reservations of confirmed orders into sales: the goods leave the shelf and the ledger says so. One that was
 * released before (the order was cancelled before its event arrived) stays as it is: the goods never left.
 */
export function sellReserved(clock: Clock): ConsumerDefinition {
  return {
    name: 'products.sell-reserved',
    types: ['orders.order-confirmed.v1'],
    minIntervalMs: GATHERS_MS,
    handle(tx, events) {
      const orderIds = new Set(events.map((event) => (event.payload as Confirmed).orderId))
      sell(tx, [...orderIds], new Date(clock.now()).toISOString())
      return Promise.resolve()
    },
  }
}

/**
 * What is sold was reserved before, so that nobody waits for it, and each batch locks the stock that checkouts lock: few large ones
 * meet fewer of them. Checkouts of 1,000 products at full speed: 1,540 → 1,670/s (medians of two series, 2026-11-30).
 */
const GATHERS_MS = 200

/**
 * One statement that leaves with COMMIT, and locks the stock last: every checkout passes these rows, and waits for a sale no longer
 * than its stock is written. With stock locked first, as long as 330 reservations were written too, a batch that reserved 41 rows
 * waited 1 ms on average (2026-11-30).
 */
function sell(tx: Writer, orderIds: readonly string[], now: string): void {
  tx.execute(SELL, [orderIds, now])
}

// The lock order of whoever closes reservations: these by order and line (as their key's index has them), then stock by product. A
// stock row may have changed since the statement began: what it counts is told by RETURNING alone.
const SELL = `
  WITH sold AS (
    UPDATE reservations SET state = 'sold', changed_at = $2::timestamptz
    WHERE order_id = ANY ($1::text[]) AND state = 'held'
    RETURNING order_id, product_id, quantity
  ), gone AS (
    SELECT product_id, sum(quantity)::int AS quantity, count(*) AS lines,
           array_agg(order_id) AS order_ids, array_agg(quantity) AS quantities
    FROM sold GROUP BY product_id ORDER BY product_id
  ), shelf AS (
    UPDATE stock
    SET on_hand = on_hand - gone.quantity, reserved = reserved - gone.quantity, version = version + gone.lines,
        movements = movements + gone.lines, updated_at = $2::timestamptz
    FROM gone
    WHERE stock.product_id = gone.product_id
    RETURNING stock.product_id, movements - lines AS movements_before, order_ids, quantities
  )
  INSERT INTO stock_movements (product_id, number, kind, quantity, order_id, recorded_at)
  SELECT product_id, movements_before + nth, 'sold', -quantity, order_id, $2::timestamptz
  FROM shelf, unnest(order_ids, quantities) WITH ORDINALITY AS line (order_id, quantity, nth)`
