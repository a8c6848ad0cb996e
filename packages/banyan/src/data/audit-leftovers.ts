import type { Finding } from '../contract/index.ts'
import { auditRows } from './audit-rows.ts'
import type { Session } from './database.ts'

/**
 * I18, when nothing is on its way: none of our sessions in this server is in a transaction, holds an advisory lock, or has left a
 * transaction prepared. Asked as the user that connects: a service's role is shown nothing of other sessions.
 */
export function auditLeftovers(session: Session): Promise<Finding> {
  return auditRows(session, { invariant: 'I18', count: COUNT, faults: FAULTS })
}

const COUNT = `SELECT count(*)::int AS checked FROM pg_stat_activity WHERE application_name LIKE 'banyan %' AND state IS NOT NULL`

// Since when, not how long: only what two looks name alike is a fault. Younger than two seconds: somebody is at work, a consumer that polls, this audit itself.
const FAULTS = `
  WITH old AS (
    SELECT pid, application_name, state, to_char(xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since
    FROM pg_stat_activity
    WHERE application_name LIKE 'banyan %' AND pid <> pg_backend_pid() AND xact_start < now() - interval '2 seconds'
  )
  SELECT format('session %s of %s has been in a transaction since %s (%s)', pid, application_name, since, state) AS fault FROM old
  UNION ALL
  SELECT format('session %s of %s holds advisory lock %s/%s since %s', pid, application_name, classid, objid, since)
  FROM pg_locks JOIN old USING (pid) WHERE locktype = 'advisory' AND granted
  UNION ALL
  SELECT format('transaction %s is prepared since %s', gid, prepared) FROM pg_prepared_xacts
  LIMIT 100`
