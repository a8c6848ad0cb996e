import { createSeededRandom, type Random } from '../core/index.ts'
import type { FaultKind } from './faults/kinds.ts'

/** A fault and its moment: when so many visits have ended, and a little later. */
export interface PlannedFault {
  readonly kind: FaultKind
  /** Injected once so many visits have ended. */
  readonly afterVisits: number
  /** And so much later: not only at the moment in which a visit ends. */
  readonly delayMs: number
  /** Whom it hits and how. */
  readonly random: Random
}

export interface ScheduleOptions {
  readonly seed: number
  readonly visits: number
  readonly faults: FaultCounts
}

/** How many of each kind. */
export type FaultCounts = Readonly<Partial<Record<FaultKind, number>>>

/** The same seed, visits and faults make the same schedule: one after another, evenly over the visits, in a drawn order. */
export function planFaults({ seed, visits, faults }: ScheduleOptions): readonly PlannedFault[] {
  const random = createSeededRandom(seed)
  const kinds = shuffle(
    random,
    Object.entries(faults).flatMap(([kind, count]) => Array<FaultKind>(count).fill(kind as FaultKind)),
  )
  return kinds.map((kind, index) => ({
    kind,
    afterVisits: Math.floor(((index + 0.5) * visits) / (kinds.length + 1)),
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
