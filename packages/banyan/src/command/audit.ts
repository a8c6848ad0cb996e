import type { Finding } from '../contract/index.ts'
import { auditRows, type Session } from '../data/index.ts'

/** I13, as far as one database shows it: no key is stuck, no key of a saga leads nowhere. */
export function auditKeys(tx: Session): Promise<Finding> {
  return auditRows(tx, { invariant: 'I13', count: COUNT, faults: FAULTS })
}

const COUNT = `SELECT count(*)::int AS checked FROM banyan_keys`

const FAULTS = `
  SELECT format('key %s of %s waits for saga %s, which is %s', key, scope, saga_id,
                CASE WHEN saga.id IS NULL THEN 'nowhere' ELSE 'open since ' || saga.created_at END) AS fault
  FROM banyan_keys LEFT JOIN banyan_sagas AS saga ON saga.user_id = split_part(saga_id, '_', 2)::bigint AND saga.id = saga_id
  WHERE saga_id IS NOT NULL
    AND (saga.id IS NULL OR (saga.outcome IS NULL AND now() > coalesce(saga.deadline_at, saga.created_at) + interval '90 seconds'))
  LIMIT 100`
