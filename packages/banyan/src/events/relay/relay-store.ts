import type { Session } from '../../data/index.ts'

export interface LeaseTerms {
  /** `orders/0/1` */
  readonly log: string
  readonly owner: string
  readonly leaseMs: number
}

/**
 * Takes the lease, or keeps it: where the relay stands, or `null` when another process holds it.
 * @param beginAt where a log that was never relayed begins.
 */
export async function takeLease(
  session: Session,
  { log, owner, leaseMs }: LeaseTerms,
  beginAt: number,
): Promise<number | null> {
  const [row] = await session.query<{ position: string }>(TAKE, [log, owner, leaseMs, beginAt])
  return row ? Number(row.position) : null
}

/** Prolongs the lease and keeps what the broker has acknowledged. False: another process holds it. */
export async function renewLease(
  session: Session,
  { log, owner, leaseMs }: LeaseTerms,
  position: number,
): Promise<boolean> {
  return (await session.query(RENEW, [log, owner, leaseMs, position])).length > 0
}

// A row that another process holds is not touched: the sub-select finds it without a lock.
const TAKE = `
  INSERT INTO banyan_relays AS relay (log, owner, lease_until, position)
  SELECT $1, $2, now() + $3::int * interval '1 millisecond', $4::bigint
  WHERE NOT EXISTS (
    SELECT FROM banyan_relays WHERE log = $1 AND owner <> $2 AND lease_until > now()
  )
  ON CONFLICT (log) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
  WHERE relay.owner = excluded.owner OR relay.lease_until <= now()
  RETURNING position`

const RENEW = `
  UPDATE banyan_relays
  SET lease_until = now() + $3::int * interval '1 millisecond', position = greatest(position, $4::bigint)
  WHERE log = $1 AND owner = $2
  RETURNING position`
