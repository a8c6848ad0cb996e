import type { Clock } from '../core/index.ts'
import { MAX_FILL_MS, type Lease, type Place, type Refusal } from './layer.ts'
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

interface Held {
  /** When it was given, as tombstones count. */
  readonly moment: number
  readonly untilMs: number
}

export function createMemoryLeases(clock: Clock, tombstones: Tombstones): MemoryLeases {
  const given = new WeakMap<Lease, Held>()
  const lastByKey = new Map<string, Lease>()
  let lastToken = 0

  return {
    give(place) {
      const lease = { place, token: String(++lastToken) }
      given.set(lease, { moment: tombstones.moment(), untilMs: clock.monotonicMs() + MAX_FILL_MS })
      lastByKey.set(place.key, lease)
      return lease
    },
    isHeld(key) {
      const lease = lastByKey.get(key)
      return lease !== undefined && (given.get(lease)?.untilMs ?? 0) > clock.monotonicMs()
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
    const held = given.get(lease)
    if (held === undefined || held.untilMs <= clock.monotonicMs()) return 'lost'
    return tombstones.refuse(lease.place.tags, held.moment, state)
  }

  function end(lease: Lease): void {
    given.delete(lease)
    if (lastByKey.get(lease.place.key) === lease) lastByKey.delete(lease.place.key)
  }
}
