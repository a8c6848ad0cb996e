import type { AuditReport } from 'banyan/contract'
import type { Database } from 'banyan/data'

/** Most mails that the finding names. */
const MAX_ROWS = 100

/** Every event either became a mail that was sent or needs nobody, or waits, or is named here. */
export function auditMails(database: Database): Promise<AuditReport> {
  return database.transaction(
    async (tx) => {
      const [counts, stuck] = await Promise.all([
        tx.query<{ status: string; mails: number }>(COUNTS),
        tx.query<{ event_id: string; failure: string }>(STUCK, [MAX_ROWS]),
      ])
      const byStatus = Object.fromEntries(counts.map(({ status, mails }) => [status, mails]))
      const finding = {
        invariant: 'I17',
        ok: stuck.length === 0,
        checked: counts.reduce((sum, { mails }) => sum + mails, 0),
        rows: stuck.map((row) => `mail for ${row.event_id} needs attention: ${row.failure}`),
      }
      return { findings: [finding], facts: { mailsByStatus: byStatus } }
    },
    { mode: 'read' },
  )
}

const COUNTS = `SELECT status, count(*)::int AS mails FROM mails GROUP BY status`

const STUCK = `
  SELECT event_id, failure FROM mails WHERE status = 'needs-attention' ORDER BY created_at LIMIT $1::int`
