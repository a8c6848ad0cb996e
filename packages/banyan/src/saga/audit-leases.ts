import type { Finding } from '../contract/index.ts'
import { auditRows, type Session } from '../data/index.ts'

/** I18 of sagas: none is open under a process that has long been gone, and no process holds a lease for nothing. */
export function auditLeases(tx: Session): Promise<Finding> {
  return auditRows(tx, { invariant: 'I18', count: COUNT, faults: FAULTS })
}

/** The fences that this database's sagas have reached, of those that were taken over. */
export async function listSagaFences(tx: Session): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ id: string; fence: number }>('SELECT id, fence FROM banyan_sagas WHERE fence > 1')
  return new Map(rows.map(({ id, fence }) => [id, fence]))
}

const COUNT = `SELECT count(*)::int AS checked FROM banyan_processes`

// Thirty seconds: a lease is three, and a sweep each second takes over what it leaves.
const FAULTS = `
  SELECT format('saga %s is open under %s, whose lease ended at %s', id, owner, to_char(lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS fault
  FROM banyan_sagas JOIN banyan_processes ON banyan_processes.name = owner
  WHERE status IN ('running', 'compensating') AND attention IS NULL AND lease_until < now() - interval '30 seconds'
  LIMIT 100`
