import type { Clock } from '../core/index.ts'
import { compareRowVersions, joinRowVersions, type Order } from './row-versions.ts'

/**
 * The row versions of answers that writers brought, for as long as an older one may still be on its way, whatever becomes of the entry.
 * Bounded: where too many are remembered, the oldest are forgotten, and until they would have been anyway nobody is `newer` for sure.
 */
export interface WrittenVersions {
  /** How these versions stand to what was written; `unknown`: nothing is remembered of this key, and perhaps something should be. */
  compare(key: string, versions: string): Order | 'first' | 'unknown'
  note(key: string, versions: string): void
}

interface Written {
  readonly versions: string
  readonly untilMs: number
}

export interface WrittenVersionsOptions {
  readonly clock: Clock
  readonly rememberMs: number
  readonly maxKeys: number
}

export function createWrittenVersions({ clock, rememberMs, maxKeys }: WrittenVersionsOptions): WrittenVersions {
  /** Noted longest ago first. */
  const byKey = new Map<string, Written>()
  let unsureUntilMs = 0

  return {
    compare(key, versions) {
      const known = byKey.get(key)
      if (known) return compareRowVersions(versions, known.versions)
      return clock.monotonicMs() < unsureUntilMs ? 'unknown' : 'first'
    },
    note(key, versions) {
      const nowMs = clock.monotonicMs()
      const known = byKey.get(key)
      byKey.delete(key)
      byKey.set(key, {
        versions: known ? joinRowVersions(known.versions, versions) : versions,
        untilMs: nowMs + rememberMs,
      })
      forget(nowMs)
    },
  }

  function forget(nowMs: number): void {
    for (const [key, { untilMs }] of byKey) {
      if (untilMs > nowMs && byKey.size <= maxKeys) return
      if (untilMs > nowMs) unsureUntilMs = Math.max(unsureUntilMs, untilMs)
      byKey.delete(key)
    }
  }
}
