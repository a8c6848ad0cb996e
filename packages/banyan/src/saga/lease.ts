import type { Clock } from '../core/index.ts'
import type { Session } from '../data/index.ts'
import type { Owner } from './saga-store.ts'

/** A process's right to act for its sagas in one database. */
export interface Lease {
  /** @throws when no lease was ever had. */
  readonly owner: Owner
  /** False from the moment that another process may have taken over, by this process's own monotonic clock. */
  isHeld(): boolean
  /** Prolongs the lease; a life that was ended by another process of the same name begins a new one. */
  renew(): Promise<void>
  /** Lets others take over at once. */
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly database: Session
  /** Unique among living processes; the same at the next start lets that start take over at once. */
  readonly name: string
  readonly clock: Clock
  /** How long a process may be silent before its sagas are taken over. Default 3,000 ms. */
  readonly durationMs?: number
}

export function createLease(options: LeaseOptions): Lease {
  const { database, name, clock, durationMs = 3_000 } = options
  let owner: Owner | null = null
  let heldUntilMs = 0

  return {
    get owner() {
      if (!owner) throw new Error(`Process '${name}' acts for sagas before it has a lease.`)
      return owner
    },
    isHeld: () => clock.monotonicMs() < heldUntilMs,
    async renew() {
      // Counted from before the request: the database counts from later, so this side always ends first.
      const sentAtMs = clock.monotonicMs()
      const renewed = owner !== null && (await database.query(RENEW, [name, owner.epoch, durationMs])).length > 0
      if (!renewed) owner = { name, epoch: await beginLife() }
      heldUntilMs = sentAtMs + durationMs
    },
    async release() {
      heldUntilMs = 0
      if (owner) await database.query(RELEASE, [name, owner.epoch])
    },
  }

  async function beginLife(): Promise<string> {
    const rows = await database.query<{ epoch: string }>(BEGIN_LIFE, [name, durationMs])
    return rows[0]!.epoch
  }
}

const BEGIN_LIFE = `
  INSERT INTO banyan_processes (name, epoch, lease_until) VALUES ($1, 1, now() + $2 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET epoch = banyan_processes.epoch + 1, lease_until = excluded.lease_until
  RETURNING epoch`

const RENEW = `
  UPDATE banyan_processes SET lease_until = now() + $3 * interval '1 millisecond'
  WHERE name = $1 AND epoch = $2::bigint RETURNING epoch`

const RELEASE = `UPDATE banyan_processes SET lease_until = now() WHERE name = $1 AND epoch = $2::bigint RETURNING epoch`
