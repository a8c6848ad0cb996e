import type { Clock } from '../core/index.ts'

/**
 * Tags of which the shared layer may not have heard that they are old. What is kept there under them is not taken until it has, or
 * until nothing that was kept or is being read now can be left. Bounded: where there are too many, nothing is taken for that long.
 */
export interface UnheardTags {
  /** Tells that the layer is being told; the returned function, that it has heard. */
  telling(tags: readonly string[]): () => void
  has(tags: readonly string[]): boolean
}

export interface UnheardTagsOptions {
  readonly clock: Clock
  /** How long what was kept before may be taken for good. */
  readonly holdMs: number
  readonly maxTags: number
}

interface Unheard {
  count: number
  untilMs: number
}

export function createUnheardTags({ clock, holdMs, maxTags }: UnheardTagsOptions): UnheardTags {
  /** Told last comes last. */
  const byTag = new Map<string, Unheard>()
  let allUntilMs = 0

  return {
    telling(tags) {
      const untilMs = clock.monotonicMs() + holdMs
      for (const tag of tags) {
        const count = (byTag.get(tag)?.count ?? 0) + 1
        byTag.delete(tag)
        byTag.set(tag, { count, untilMs })
      }
      forget()
      return () => heard(tags)
    },
    has(tags) {
      if (byTag.size === 0 && allUntilMs === 0) return false
      const nowMs = clock.monotonicMs()
      return nowMs < allUntilMs || tags.some((tag) => nowMs < (byTag.get(tag)?.untilMs ?? 0))
    },
  }

  /** Each was told of on its own: one that was heard says nothing of those that were not. */
  function heard(tags: readonly string[]): void {
    for (const tag of tags) {
      const unheard = byTag.get(tag)
      if (unheard === undefined) continue
      unheard.count -= 1
      if (unheard.count === 0) byTag.delete(tag)
    }
  }

  function forget(): void {
    const nowMs = clock.monotonicMs()
    for (const [tag, { untilMs }] of byTag) {
      if (untilMs > nowMs && byTag.size <= maxTags) return
      if (untilMs > nowMs) allUntilMs = Math.max(allUntilMs, untilMs)
      byTag.delete(tag)
    }
  }
}
