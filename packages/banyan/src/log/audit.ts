import type { Finding } from '../contract/index.ts'
import type { Session } from '../data/index.ts'

/** I8: each aggregate's versions are 1..n without a gap. Reads the whole index. */
export async function auditLog(session: Session): Promise<Finding> {
  const [row] = await session.query<{ checked: number; gaps: string[] }>(AUDIT_VERSIONS)
  const { checked, gaps } = row!
  return { invariant: 'I8', ok: gaps.length === 0, checked, rows: gaps }
}

/** How many events stand at or below `position`: what a consumer at that place must have seen. */
export async function countEventsUpTo(session: Session, position: number): Promise<number> {
  const [row] = await session.query<{ count: number }>(COUNT_UP_TO, [position])
  return row!.count
}

// Numbers are unique per aggregate by key, so lowest, highest and count tell.
const AUDIT_VERSIONS = `
  WITH aggregate AS (
    SELECT aggregate_id, min(version) AS first, max(version) AS last, count(*) AS count
    FROM banyan_log GROUP BY aggregate_id
  ), gap AS (
    SELECT aggregate_id || ' has versions ' || first || ' to ' || last || ', ' || count || ' in all' AS text
    FROM aggregate WHERE first <> 1 OR last <> count
    ORDER BY aggregate_id LIMIT 100
  )
  SELECT (SELECT count(*)::int FROM aggregate) AS checked, array(SELECT text FROM gap) AS gaps`

const COUNT_UP_TO = 'SELECT count(*)::int AS count FROM banyan_log WHERE position <= $1::bigint'
