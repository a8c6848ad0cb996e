import type { AuditReport, Finding } from 'banyan/contract'
import type { Database, Session } from 'banyan/data'

/** Most rows that a finding names. */
const MAX_ROWS = 100

/** I4 and what other services' books must agree with, in one snapshot. */
export function auditProducts(database: Database): Promise<AuditReport> {
  return database.transaction(auditIn, { mode: 'read' })
}

/** Needs one snapshot for all its statements. */
export async function auditIn(session: Session): Promise<AuditReport> {
  const [facts, ...findings] = await Promise.all([
    readFacts(session),
    checkStock(session),
    checkStates(session),
    checkVersions(session),
  ])
  return { findings, facts }
}

interface StockFault {
  readonly checked: number
  readonly product_id: string | null
  readonly on_hand: number
  readonly reserved: number
  readonly movements: number
}

/**
 * Names differences, not counts: what is wrong stays the same from one look to the next while sales go on, and a
 * fault is what two looks name alike.
 */
async function checkStock(session: Session): Promise<Finding> {
  const rows = await session.query<StockFault>(STOCK_AGAINST_BOOKS, [MAX_ROWS])
  const faults = rows.filter((row) => row.product_id !== null)
  return {
    invariant: 'I4',
    ok: faults.length === 0,
    checked: rows[0]?.checked ?? 0,
    rows: faults.map(
      (row) =>
        `product ${row.product_id}: on hand − ledger = ${row.on_hand}, reserved − open reservations = ${row.reserved}, ` +
        `movements − rows of the ledger = ${row.movements}`,
    ),
  }
}

/** Each sold line has its one sale in the ledger, each returned line its sale and its return, the others nothing. */
async function checkStates(session: Session): Promise<Finding> {
  const rows = await session.query<{ checked: number; order_id: string | null; product_id: string; fact: string }>(
    RESERVATIONS_AGAINST_LEDGER,
    [MAX_ROWS],
  )
  const faults = rows.filter((row) => row.order_id !== null)
  return {
    invariant: 'I4',
    ok: faults.length === 0,
    checked: rows[0]?.checked ?? 0,
    rows: faults.map((row) => `order ${row.order_id}, product ${row.product_id}: ${row.fact}`),
  }
}

/** What readers compare a held description with is the product's own version. */
async function checkVersions(session: Session): Promise<Finding> {
  const rows = await session.query<{ checked: number; product_id: string | null }>(VERSIONS, [MAX_ROWS])
  const faults = rows.filter((row) => row.product_id !== null)
  return {
    invariant: 'products.catalogue-version',
    ok: faults.length === 0,
    checked: rows[0]?.checked ?? 0,
    rows: faults.map((row) => `product ${row.product_id}: its stock row names another version`),
  }
}

async function readFacts(session: Session): Promise<Record<string, unknown>> {
  const [facts] = await session.query<{ facts: Record<string, unknown> }>(FACTS)
  return facts!.facts
}

// The first row carries the count even when nothing is wrong.
const STOCK_AGAINST_BOOKS = `
  WITH ledger AS (
    SELECT product_id, sum(quantity) AS quantity, count(*) AS rows, max(number) AS last
    FROM stock_movements GROUP BY product_id
  ), held AS (
    SELECT product_id, sum(quantity) AS quantity FROM reservations WHERE state = 'held' GROUP BY product_id
  ), compared AS (
    SELECT product_id,
           coalesce(s.on_hand, 0) - coalesce(ledger.quantity, 0) AS on_hand,
           coalesce(s.reserved, 0) - coalesce(held.quantity, 0) AS reserved,
           coalesce(s.movements, 0) - coalesce(ledger.rows, 0) AS movements,
           coalesce(ledger.last, 0) <> coalesce(ledger.rows, 0) AS has_gap,
           NOT coalesce(s.reserved BETWEEN 0 AND s.on_hand, false) AS is_negative
    FROM stock s FULL JOIN ledger USING (product_id) FULL JOIN held USING (product_id)
  ), wrong AS (
    SELECT product_id, on_hand, reserved, movements FROM compared
    WHERE (on_hand, reserved, movements) <> (0, 0, 0) OR has_gap OR is_negative
    ORDER BY product_id LIMIT $1::int
  )
  SELECT (SELECT count(*)::int FROM stock) AS checked, wrong.* FROM (VALUES (1)) AS one LEFT JOIN wrong ON true`

const RESERVATIONS_AGAINST_LEDGER = `
  WITH moved AS (
    SELECT order_id, product_id,
           -coalesce(sum(quantity) FILTER (WHERE kind = 'sold'), 0) AS sold,
           coalesce(sum(quantity) FILTER (WHERE kind = 'returned'), 0) AS returned
    FROM stock_movements WHERE order_id IS NOT NULL GROUP BY order_id, product_id
  ), wrong AS (
    SELECT coalesce(r.order_id, moved.order_id) AS order_id, coalesce(r.product_id, moved.product_id) AS product_id,
           format('%s of %s; ledger sold %s, returned %s', coalesce(r.state, 'no reservation'), coalesce(r.quantity, 0),
                  coalesce(sold, 0), coalesce(returned, 0)) AS fact
    FROM (SELECT * FROM reservations WHERE product_id IS NOT NULL) AS r FULL JOIN moved USING (order_id, product_id)
    WHERE coalesce(sold, 0) IS DISTINCT FROM CASE WHEN r.state IN ('sold', 'returned') THEN r.quantity ELSE 0 END
       OR coalesce(returned, 0) IS DISTINCT FROM CASE WHEN r.state = 'returned' THEN r.quantity ELSE 0 END
    LIMIT $1::int
  )
  SELECT (SELECT count(*)::int FROM reservations) AS checked, wrong.* FROM (VALUES (1)) AS one LEFT JOIN wrong ON true`

const VERSIONS = `
  WITH wrong AS (
    SELECT p.id AS product_id FROM products p LEFT JOIN stock s ON s.product_id = p.id
    WHERE s.catalogue_version IS DISTINCT FROM CASE WHEN p.deleted_at IS NULL THEN p.version END
    LIMIT $1::int
  )
  SELECT (SELECT count(*)::int FROM products) AS checked, wrong.* FROM (VALUES (1)) AS one LEFT JOIN wrong ON true`

const FACTS = `
  SELECT json_build_object(
    'products', (SELECT count(*) FROM products WHERE deleted_at IS NULL),
    'unitsOnHand', (SELECT coalesce(sum(on_hand), 0) FROM stock),
    'unitsReserved', (SELECT coalesce(sum(reserved), 0) FROM stock),
    'unitsByMovement', (SELECT coalesce(json_object_agg(kind, units), '{}')
                        FROM (SELECT kind, sum(quantity) AS units FROM stock_movements GROUP BY kind) AS m),
    'ordersByState', (SELECT coalesce(json_object_agg(state, orders), '{}')
                      FROM (SELECT state, count(*) AS orders FROM reservations
                            WHERE line = 1 AND product_id IS NOT NULL GROUP BY state) AS r),
    'tombstones', (SELECT count(*) FROM reservations WHERE product_id IS NULL),
    'soldMinor', (SELECT coalesce(sum(quantity * unit_price_minor), 0) FROM reservations WHERE state = 'sold')
  ) AS facts`
