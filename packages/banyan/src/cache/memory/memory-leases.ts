import type { Clock } from '../../core/index.ts'
import { MAX_FILL_MS, type Lease, type Place, type Refusal } from '../layer.ts'
import type { State, Tombstones } from './tombstones.ts'

/** Who may fill what. In memory several may fill one key: each is as good as the moment when it began. */
export interface MemoryLeases {
  give(place: Place): Lease
  isHeld(key: string): boolean
  /** Ends the lease. Why what was read under it may not be kept; `null`: it may. */
  redeem(lease: Lease, state: State): Refusal | null
  /** Why it could not be redeemed now, without ending it. */
  doubt(lease: Lease, state: State): Refusal | null
  end(lease: Lease): void
  clear(): void
}

/** With what it is worth: in a table of its own each would cost more than all else about it. */
class MemoryLease implements Lease {
  readonly token = ''
  readonly place: Place
  /** When it was given, as tombstones count. */
  readonly moment: number
  readonly untilMs: number
  isEnded = false

  constructor(place: Place, moment: number, untilMs: number) {
    this.place = place
    this.moment = moment
    this.untilMs = untilMs
  }
}

export function createMemoryLeases(clock: Clock, tombstones: Tombstones): MemoryLeases {
  const lastByKey = new Map<string, MemoryLease>()

  return {
    give(place) {
      const lease = new MemoryLease(place, tombstones.moment(), clock.monotonicMs() + MAX_FILL_MS)
      lastByKey.set(place.key, lease)
      return lease
    },
    isHeld(key) {
      const lease = lastByKey.get(key)
      return lease !== undefined && lease.untilMs > clock.monotonicMs()
    },
    redeem(lease, state) {
      const refusal = doubt(lease, state)
      end(lease)
      return refusal
    },
    doubt,
    end,
    clear() {
      tombstones.leaveForAll()
      lastByKey.clear()
    },
  }

  function doubt(lease: Lease, state: State): Refusal | null {
    if (!(lease instanceof MemoryLease) || lease.isEnded || lease.untilMs <= clock.monotonicMs()) return 'lost'
    return tombstones.refuse(lease.place.tags, lease.moment, state)
  }

  function end(lease: Lease): void {
    if (lease instanceof MemoryLease) lease.isEnded = true
    if (lastByKey.get(lease.place.key) === lease) lastByKey.delete(lease.place.key)
  }
}
