import type { AuditReport, Finding } from 'banyan/contract'
import { auditRows, type Database, type RowCheck, type Shards } from 'banyan/data'

/** Most rows that a finding names. */
const MAX_ROWS = 100

/** How long a charge, a refund or a compensation may be open before it is a finding. */
const SETTLING_MS = 30_000

/** The service's own invariants, each shard in one snapshot; sums over the shards as facts. */
export async function auditPayments(shards: Shards): Promise<AuditReport> {
  const audits = await Promise.all(shards.all().map(auditShard))
  const findings = CHECKS.map(({ invariant }, index) =>
    mergeFindings(
      invariant,
      audits.map((audit) => audit.findings[index]!),
    ),
  )
  return { findings, facts: mergeFacts(audits.map((audit) => audit.facts)) }
}

interface ShardAudit {
  readonly findings: readonly Finding[]
  readonly facts: readonly Fact[]
}

interface Fact {
  readonly name: string
  readonly value: string
}

function auditShard(database: Database): Promise<ShardAudit> {
  return database.transaction(
    async (tx) => {
      const [facts, ...findings] = await Promise.all([
        tx.query<Fact>(FACTS),
        ...CHECKS.map((check) => auditRows(tx, check, [MAX_ROWS, SETTLING_MS])),
      ])
      return { findings, facts }
    },
    { mode: 'read' },
  )
}

function mergeFindings(invariant: string, findings: readonly Finding[]): Finding {
  return {
    invariant,
    ok: findings.every(({ ok }) => ok),
    checked: findings.reduce((sum, { checked }) => sum + checked, 0),
    rows: findings.flatMap(({ rows }) => rows).slice(0, MAX_ROWS),
  }
}

function mergeFacts(shards: readonly (readonly Fact[])[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { name, value } of shards.flat()) sums[name] = (sums[name] ?? 0) + Number(value)
  return sums
}

// Of each `faults`, $1 is the most rows and $2 the settling time in milliseconds, used even where nothing settles: all take the same two.
const CHECKS: readonly RowCheck[] = [
  {
    // Nothing stays open: a person must look at what nobody can find out.
    invariant: 'I1',
    count: `SELECT count(*)::int AS checked FROM payments`,
    faults: `
      WITH open AS (
        SELECT payment_id AS id, status, created_at FROM payments
        WHERE status = 'needs-attention' OR status = 'pending' AND created_at < now() - $2 * interval '1 millisecond'
        UNION ALL
        SELECT payment_id || ' refund ' || number, status, created_at FROM refunds
        WHERE status = 'needs-attention' OR status = 'pending' AND created_at < now() - $2 * interval '1 millisecond')
      SELECT format('%s is %s since %s', id, status, created_at) AS fault FROM open ORDER BY created_at LIMIT $1`,
  },
  {
    // What a compensation asked back is back.
    invariant: 'I3',
    count: `SELECT count(*)::int AS checked FROM payments WHERE compensated_at IS NOT NULL`,
    faults: `
      SELECT format('%s: captured %s, refunded %s, asked back at %s', payment_id, amount_minor, refunded_minor,
                    compensated_at) AS fault
      FROM payments
      WHERE status = 'captured' AND refunded_minor < amount_minor
        AND compensated_at < now() - $2 * interval '1 millisecond'
      ORDER BY compensated_at LIMIT $1`,
  },
  {
    // One transfer for each capture and each refund, of the same amount and the right accounts, and no other.
    invariant: 'I5',
    count: `SELECT count(*)::int AS checked FROM ledger_transfers`,
    faults: `
      WITH expected AS (
        SELECT user_id, payment_id AS transfer_id, 'provider_clearing' AS debit, 'sales' AS credit, amount_minor
        FROM payments WHERE status = 'captured'
        UNION ALL
        SELECT user_id, 'ref' || substr(payment_id, 4) || '_' || number, 'refunds', 'provider_clearing', amount_minor
        FROM refunds WHERE status = 'succeeded')
      SELECT format('%s: its row says %s, the ledger %s', transfer_id, coalesce(e.amount_minor::text, 'nothing'),
                    coalesce(t.amount_minor::text, 'nothing')) AS fault
      FROM expected AS e FULL JOIN ledger_transfers AS t USING (user_id, transfer_id)
      WHERE (e.debit, e.credit, e.amount_minor) IS DISTINCT FROM (t.debit, t.credit, t.amount_minor)
        AND $2::int IS NOT NULL
      LIMIT $1`,
  },
  {
    // The sums beside a capture are the sums of its refunds.
    invariant: 'I5',
    count: `SELECT count(*)::int AS checked FROM payments WHERE refund_count > 0`,
    faults: `
      WITH given AS (
        SELECT user_id, payment_id, count(*) AS refunds,
               coalesce(sum(amount_minor) FILTER (WHERE status = 'succeeded'), 0) AS refunded,
               coalesce(sum(amount_minor) FILTER (WHERE status IN ('pending', 'needs-attention')), 0) AS refunding
        FROM refunds GROUP BY user_id, payment_id)
      SELECT format('%s: refunded %s of %s, refunding %s of %s', payment_id, refunded_minor, refunded, refunding_minor,
                    refunding) AS fault
      FROM payments FULL JOIN given USING (user_id, payment_id)
      WHERE (refunded_minor, refunding_minor, refund_count)
              IS DISTINCT FROM (coalesce(refunded, 0), coalesce(refunding, 0), coalesce(refunds, 0))
        AND $2::int IS NOT NULL
      LIMIT $1`,
  },
  {
    // Every transaction sums to zero, and the guard that keeps rows from changing stands.
    invariant: 'I5',
    count: `SELECT count(*)::int AS checked FROM ledger_entries`,
    faults: `
      SELECT format('%s sums to %s', transfer_id, sum(amount_minor)) AS fault
      FROM ledger_entries WHERE $2::int IS NOT NULL
      GROUP BY user_id, transfer_id HAVING sum(amount_minor) <> 0
      UNION ALL
      SELECT 'the trigger ledger_is_append_only is missing or off'
      WHERE NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'ledger_transfers'::regclass AND tgname = 'ledger_is_append_only' AND tgenabled IN ('O', 'A'))
      LIMIT $1`,
  },
]

const FACTS = `
  SELECT 'payments.' || status AS name, count(*)::text AS value FROM payments GROUP BY status
  UNION ALL
  SELECT 'refunds.' || status, count(*)::text FROM refunds GROUP BY status
  UNION ALL
  SELECT 'capturedMinor', coalesce(sum(amount_minor) FILTER (WHERE status = 'captured'), 0)::text FROM payments
  UNION ALL
  SELECT 'refundedMinor', coalesce(sum(refunded_minor), 0)::text FROM payments
  UNION ALL
  SELECT 'balance.' || account, balance_minor::text FROM ledger_balances`
