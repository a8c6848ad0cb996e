import type { Clock } from '../core/index.ts'
import { createPatience } from './patience.ts'

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
  const patience = createPatience(clock, limitMs)
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (patience.isOver()) throw new Error(`${what} did not come within ${limitMs} ms`)
    await clock.sleep(20)
  }
}
