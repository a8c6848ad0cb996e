import type { Positions } from '../contract/index.ts'
import type { Clock } from '../core/index.ts'
import { MAX_FILL_MS, type Lease, type Place, type Refusal } from './layer.ts'
import type { Tombstones } from './tombstones.ts'

/** Who may fill what. The last to be given a lease has it. */
export interface MemoryLeases {
  give(place: Place): Lease
  isHeld(key: string): boolean
  /** Ends the lease. Why what was read under it may not be kept; `null`: it may. */
  redeem(lease: Lease, includes: Positions): Refusal | null
  /** Why it could not be redeemed now, without ending it. */
  doubt(lease: Lease, includes: Positions): Refusal | null
  /** Ends this lease, or whoever's it is. */
  end(key: string, lease?: Lease): void
  clear(): void
}

interface Held {
  readonly lease: Lease
  /** When it was given, as tombstones count. */
  readonly moment: number
  readonly untilMs: number
}

export function createMemoryLeases(clock: Clock, tombstones: Tombstones): MemoryLeases {
  const byKey = new Map<string, Held>()
  let lastToken = 0

  return {
    give(place) {
      const lease = { place, token: String(++lastToken) }
      byKey.set(place.key, { lease, moment: tombstones.moment(), untilMs: clock.monotonicMs() + MAX_FILL_MS })
      return lease
    },
    isHeld: (key) => (byKey.get(key)?.untilMs ?? 0) > clock.monotonicMs(),
    redeem(lease, includes) {
      const refusal = doubt(lease, includes)
      end(lease.place.key, lease)
      return refusal
    },
    doubt,
    end,
    clear: () => byKey.clear(),
  }

  function doubt(lease: Lease, includes: Positions): Refusal | null {
    const held = byKey.get(lease.place.key)
    if (held?.lease.token !== lease.token || held.untilMs <= clock.monotonicMs()) return 'lost'
    return tombstones.refuse(lease.place.tags, held.moment, includes)
  }

  function end(key: string, lease?: Lease): void {
    if (lease === undefined || byKey.get(key)?.lease.token === lease.token) byKey.delete(key)
  }
}
