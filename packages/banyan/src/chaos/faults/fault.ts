import type { Clock, Random } from '../../core/index.ts'
import type { System } from '../system.ts'
import type { Link } from '../tcp-proxy.ts'

/** One thing that goes wrong, done to the running system from outside. */
export interface Fault {
  /** What happens, for people. */
  readonly description: string
  /**
   * Does it, and heals it. @returns what shows that it took effect: ids, a signal, a state; `null`: it did not, and does not
   * count. @throws when the system cannot go on.
   */
  inject(scene: Scene): Promise<string | null>
}

export interface Scene {
  readonly system: System
  /** Through which clients come. */
  readonly link: Link
  /** `null`: the app runs its database itself, over a socket that nobody can get between. */
  readonly databaseLink: Link | null
  /** `null`: there is one process. */
  readonly processLink: Link | null
  /** Visits under way at once. */
  readonly atOnce: number
  readonly clock: Clock
  /** Whom it hits and how long it lasts: from the seed, the same in every run. */
  readonly random: Random
}

export interface Wait {
  readonly clock: Clock
  /** Named when it does not come. */
  readonly what: string
  /** Default 120,000. */
  readonly limitMs?: number
}

/** Looks until there is something to see. @throws when that takes too long. */
export async function waitFor<T>(
  { clock, what, limitMs = 120_000 }: Wait,
  look: () => Promise<T | null> | T | null,
): Promise<T> {
  const until = clock.monotonicMs() + limitMs
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (clock.monotonicMs() > until) throw new Error(`${what} did not come within ${limitMs} ms`)
    await clock.sleep(20)
  }
}

/** `undefined`: there is none. */
export function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[Math.floor(random.unit() * items.length)]
}
