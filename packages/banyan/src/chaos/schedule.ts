import { createSeededRandom, type Random } from '../core/index.ts'
import type { FaultKind } from './faults/kinds.ts'

/** A fault and its moment: when so many visits have ended, and a little later. */
export interface PlannedFault {
  readonly kind: FaultKind
  /** Injected once so many visits have ended. */
  readonly afterVisits: number
  /** No more begin before it is healed: what follows needs visits to meet, and the last fault some that come after it. */
  readonly visitsUntilHealed: number
  /** And so much later: not only at the moment in which a visit ends. */
  readonly delayMs: number
  /** Whom it hits and how. */
  readonly random: Random
}

export interface ScheduleOptions {
  readonly seed: number
  readonly visits: number
  /** Visits under way at once. */
  readonly atOnce: number
  readonly faults: FaultCounts
}

/** How many of each kind. */
export type FaultCounts = Readonly<Partial<Record<FaultKind, number>>>

/** The same seed, visits and faults make the same schedule: one after another, evenly over the visits, in a drawn order. */
export function planFaults({ seed, visits, atOnce, faults }: ScheduleOptions): readonly PlannedFault[] {
  const random = createSeededRandom(seed)
  const kinds = shuffle(
    random,
    Object.entries(faults).flatMap(([kind, count]) => Array<FaultKind>(count).fill(kind as FaultKind)),
  )
  const momentOf = (index: number) => Math.floor(((index + 0.5) * visits) / (kinds.length + 1))
  // Where all are under way at once, none waits for a fault.
  const last = atOnce < visits ? visits - Math.floor((visits - momentOf(kinds.length - 1)) / 3) : visits
  return kinds.map((kind, index) => ({
    kind,
    afterVisits: momentOf(index),
    visitsUntilHealed: Math.min(last, Math.max(momentOf(index + 1), momentOf(index) + 2 * atOnce)),
    delayMs: Math.floor(random.unit() * MAX_DELAY_MS),
    random: createSeededRandom(Math.floor(random.unit() * 2 ** 32)),
  }))
}

const MAX_DELAY_MS = 60

/** Fisher and Yates. */
function shuffle<T>(random: Random, items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const at = Math.floor(random.unit() * (last + 1))
    ;[items[last], items[at]] = [items[at]!, items[last]!]
  }
  return items
}
