import type { AuditReport, Finding } from 'banyan/contract'
import type { Session, Shards } from 'banyan/data'

/** How long after its deadline an order may still be open, seconds: GUARANTEES, I1. */
const SETTLING_SECONDS = 30

/** The service's own invariants, each in one snapshot of each database. */
export async function auditOrders(shards: Shards): Promise<AuditReport> {
  const reports = await Promise.all(shards.all().map((database) => database.transaction(auditOne, { mode: 'read' })))
  return {
    findings: reports.flatMap((report) => report.findings),
    facts: { orders: reports.reduce((sum, report) => sum + Number(report.facts.orders), 0) },
  }
}

async function auditOne(tx: Session): Promise<AuditReport> {
  const [open, shape, counts] = await Promise.all([
    tx.query<FaultRow>(OPEN_TOO_LONG, [SETTLING_SECONDS]),
    tx.query<FaultRow>(WRONG_SHAPE),
    tx.query<{ orders: number }>(COUNT),
  ])
  const checked = counts[0]!.orders
  return { findings: [toFinding('I1', checked, open), toFinding('I1', checked, shape)], facts: { orders: checked } }
}

interface FaultRow {
  readonly fault: string
}

function toFinding(invariant: string, checked: number, faults: readonly FaultRow[]): Finding {
  return { invariant, ok: faults.length === 0, checked, rows: faults.map((row) => row.fault) }
}

const COUNT = `SELECT count(*)::int AS orders FROM orders`

const OPEN_TOO_LONG = `
  SELECT format('order %s is still %s; saga %s (deadline %s, %s)', orders.id, orders.status, saga.id, saga.deadline_at,
                coalesce('needs attention: ' || saga.attention, 'no attention asked for')) AS fault
  FROM orders
  LEFT JOIN banyan_sagas AS saga
    ON saga.user_id = orders.user_id AND saga.subject = orders.id AND saga.status IN ('running', 'compensating')
  WHERE orders.status IN ('pending', 'cancelling')
    AND now() > coalesce(saga.deadline_at, saga.created_at + interval '60 seconds', orders.updated_at + interval '60 seconds') + $1 * interval '1 second'
  LIMIT 100`

const WRONG_SHAPE = `
  SELECT format('order %s is %s but its lines add up to %s of %s', orders.id, status, sum(unit_price_minor * quantity), total_minor) AS fault
  FROM orders LEFT JOIN order_items AS item ON item.user_id = orders.user_id AND item.order_id = orders.id
  WHERE status = 'confirmed'
  GROUP BY orders.user_id, orders.id, status, total_minor
  HAVING sum(unit_price_minor * quantity) IS DISTINCT FROM total_minor
  LIMIT 100`
