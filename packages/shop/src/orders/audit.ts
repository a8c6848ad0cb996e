import type { AuditReport } from 'banyan/contract'
import { auditRows, type Session, type Shards } from 'banyan/data'

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
  const findings = await Promise.all([
    auditRows(tx, { invariant: 'I1', count: COUNT, faults: OPEN_TOO_LONG }, [SETTLING_SECONDS]),
    auditRows(tx, { invariant: 'I2', count: COUNT_CONFIRMED, faults: OTHER_TOTAL }),
  ])
  return { findings, facts: { orders: findings[0].checked } }
}

const COUNT = `SELECT count(*)::int AS checked FROM orders`

const COUNT_CONFIRMED = `SELECT count(*)::int AS checked FROM orders WHERE status = 'confirmed'`

const OPEN_TOO_LONG = `
  SELECT format('order %s is still %s; saga %s (deadline %s, %s)', orders.id, orders.status, saga.id, saga.deadline_at,
                coalesce('needs attention: ' || saga.attention, 'no attention asked for')) AS fault
  FROM orders
  LEFT JOIN banyan_sagas AS saga
    ON saga.user_id = orders.user_id AND saga.subject = orders.id AND saga.status IN ('running', 'compensating')
  WHERE orders.status IN ('pending', 'cancelling')
    AND now() > coalesce(saga.deadline_at, saga.created_at + interval '60 seconds', orders.updated_at + interval '60 seconds') + $1 * interval '1 second'
  LIMIT 100`

// What is charged is the total, and what the customer agreed to are the lines.
const OTHER_TOTAL = `
  SELECT format('order %s is %s with a total of %s, its lines add up to %s', orders.id, status, total_minor,
                coalesce(sum(unit_price_minor * quantity)::text, 'nothing')) AS fault
  FROM orders LEFT JOIN order_items AS item ON item.user_id = orders.user_id AND item.order_id = orders.id
  WHERE status = 'confirmed'
  GROUP BY orders.user_id, orders.id, status, total_minor
  HAVING sum(unit_price_minor * quantity) IS DISTINCT FROM total_minor
  LIMIT 100`
