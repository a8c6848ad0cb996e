import type { Clock } from '../../core/index.ts'
import type { Session } from '../../data/index.ts'
import { renewLease, takeLease } from './relay-store.ts'

export interface RelayLeaseOptions {
  readonly database: Session
  /** What is relayed and, where that is not the broker, to whom: `orders/0/1`, `products/0/1 to cdn:6081`. */
  readonly log: string
  readonly owner: string
  readonly leaseMs: number
  readonly clock: Clock
  /** Where a log that was never relayed begins. */
  readonly beginAt: () => Promise<number>
}

/**
 * One process's right to relay a log, and where it stands. It only saves work: two that relay at once, one that comes
 * back from the dead, or one that begins again a second back do what was done already. A broker drops that by its id, and
 * readers by its position; a purge does no harm twice.
 */
export interface RelayLease {
  /** Up to where the receiver has acknowledged the log; `null`: another process holds the lease. */
  position: number | null
  /** Prolongs, or tries to take over, when it is time: three times within a lease, so that one lost answer costs nothing. */
  keep(): Promise<void>
  /** Until then there is nothing to keep. */
  restMs(): number
  /** Lets others take over at once. */
  release(): Promise<void>
}

export function createRelayLease({ database, clock, beginAt, ...lease }: RelayLeaseOptions): RelayLease {
  let nextAtMs = Number.NEGATIVE_INFINITY

  const self: RelayLease = {
    position: null,
    restMs: () => Math.max(0, nextAtMs - clock.monotonicMs()),
    async keep() {
      if (clock.monotonicMs() < nextAtMs) return
      const isHeld = self.position !== null && (await renewLease(database, lease, self.position))
      if (!isHeld) self.position = await takeLease(database, lease, await beginAt())
      nextAtMs = clock.monotonicMs() + lease.leaseMs / 3
    },
    async release() {
      const last = self.position
      self.position = null
      if (last !== null) await renewLease(database, { ...lease, leaseMs: 0 }, last)
    },
  }
  return self
}
