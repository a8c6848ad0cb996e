import type { Clock } from '../core/index.ts'
import type { Row, Session } from '../data/index.ts'
import type { Owner } from './saga-store.ts'

/** A process's right to act for its sagas in one database. */
export interface Lease {
  /** @throws when no lease was ever had. */
  readonly owner: Owner
  /** False from the moment that another process may have taken over, by this process's own monotonic clock. */
  isHeld(): boolean
  /**
   * The database's time, milliseconds since 1970: what every process that acts for its sagas agrees on, however wrong their own
   * wall clocks are. Never ahead of the database; behind it by no more than its answer to a renewal took.
   * @throws when no lease was ever had.
   */
  databaseNowMs(): number
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
  /** What the monotonic clock lacks to the database's time. */
  let offsetMs: number | null = null

  return {
    get owner() {
      if (!owner) throw new Error(`Process '${name}' acts for sagas before it has a lease.`)
      return owner
    },
    isHeld: () => clock.monotonicMs() < heldUntilMs,
    databaseNowMs() {
      if (offsetMs === null) throw new Error(`Process '${name}' asks for the database's time before it has a lease.`)
      return clock.monotonicMs() + offsetMs
    },
    async renew() {
      // Counted from before the request: the database counts from later, so this side always ends first.
      const sentAtMs = clock.monotonicMs()
      const renewal = (owner && (await prolong(owner))) ?? (await beginLife())
      owner = { name, epoch: renewal.epoch }
      heldUntilMs = sentAtMs + durationMs
      offsetMs = keepWithin(offsetMs, renewal.nowMs - clock.monotonicMs(), renewal.nowMs - sentAtMs)
    },
    async release() {
      heldUntilMs = 0
      if (owner) await database.query(RELEASE, [name, owner.epoch])
    },
  }

  async function prolong({ epoch }: Owner): Promise<Renewal | undefined> {
    return (await database.query<Renewal>(RENEW, [name, epoch, durationMs]))[0]
  }

  async function beginLife(): Promise<Renewal> {
    return (await database.query<Renewal>(BEGIN_LIFE, [name, durationMs]))[0]!
  }
}

interface Renewal extends Row {
  readonly epoch: string
  readonly nowMs: number
}

/**
 * The database read its clock between question and answer, so its offset lies between these two (Cristian's algorithm). The lower one
 * is never ahead; one known before and still possible is kept, so that a slow answer does not set the time back.
 */
function keepWithin(knownMs: number | null, lowestMs: number, highestMs: number): number {
  return knownMs !== null && knownMs >= lowestMs && knownMs <= highestMs ? knownMs : lowestMs
}

const NOW_MS = `extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"`

const BEGIN_LIFE = `
  INSERT INTO banyan_processes (name, epoch, lease_until) VALUES ($1, 1, now() + $2 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET epoch = banyan_processes.epoch + 1, lease_until = excluded.lease_until
  RETURNING epoch, ${NOW_MS}`

const RENEW = `
  UPDATE banyan_processes SET lease_until = now() + $3 * interval '1 millisecond'
  WHERE name = $1 AND epoch = $2::bigint RETURNING epoch, ${NOW_MS}`

const RELEASE = `UPDATE banyan_processes SET lease_until = now() WHERE name = $1 AND epoch = $2::bigint RETURNING epoch`
