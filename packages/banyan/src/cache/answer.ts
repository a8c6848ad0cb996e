import type { Positions } from '../contract/index.ts'

/** A service's answer as it is kept: text, so that a hit serialises nothing. */
export interface StoredAnswer {
  /** JSON in UTF-8, of the newest API version; `null`: there is no such thing. */
  readonly data: Uint8Array | null
  /** Versions of the rows that it is made of (`p17.s903`). */
  readonly versions: string | null
  /** ISO 8601. */
  readonly changedAt: string | null
}

/** What a reader has seen who has seen nothing. */
export const NOTHING: Positions = Object.freeze({})

/** True when whoever has seen `after` may be shown what includes these events. */
export function covers(includes: Positions, after: Positions): boolean {
  for (const log in after) if ((includes[log] ?? 0) < after[log]!) return false
  return true
}

/** Of each log the farther one. Mostly one of both is the farther everywhere, and nothing has to be made. */
export function mergePositions(one: Positions, other: Positions): Positions {
  if (covers(one, other)) return one
  const merged: Record<string, number> = { ...one }
  for (const log in other) merged[log] = Math.max(other[log]!, merged[log] ?? 0)
  return merged
}
