import type { Clock } from '../../core/index.ts'
import type { Cause } from '../layer.ts'

/**
 * Tags of which the shared layer may not have heard that they are old. What is kept there under them is not taken until it has, or
 * until nothing that was kept or is being read now can be left. Bounded: where there are too many, nothing is taken for that long.
 */
export interface UnheardTags {
  /** The layer is being told; the returned function is to be called with whether it has heard. */
  telling(tags: readonly string[], cause: Cause): (hasHeard: boolean) => void
  has(tags: readonly string[]): boolean
  /** True where it is not being told now: then asking is in vain. */
  hasMissed(tags: readonly string[]): boolean
  /** What it was told in vain longest ago; `null`: nothing. */
  firstMissed(): Missed | null
  /** It was told again, and has heard. */
  heard(missed: Missed): void
}

/** Many tellings come to few: of the events of a row in a log, or of a log, the last says all. */
export interface Missed {
  readonly tag: string
  readonly causes: readonly Cause[]
}

export interface UnheardTagsOptions {
  readonly clock: Clock
  /** How long what was kept before may be taken for good. */
  readonly holdMs: number
  readonly maxTags: number
}

interface Unheard {
  readonly tag: string
  underWay: number
  causes: readonly Cause[]
  untilMs: number
}

const NONE: readonly Cause[] = []

export function createUnheardTags({ clock, holdMs, maxTags }: UnheardTagsOptions): UnheardTags {
  /** Told last comes last. */
  const byTag = new Map<string, Unheard>()
  let allUntilMs = 0

  return {
    telling(tags, cause) {
      const untilMs = clock.monotonicMs() + holdMs
      const all = tags.map((tag) => begin(tag, untilMs))
      forget()
      return (hasHeard) => {
        for (const unheard of all) end(unheard, hasHeard ? null : cause)
      }
    },
    has: (tags) => isAny(tags, () => true),
    hasMissed: (tags) => isAny(tags, ({ causes }) => causes !== NONE),
    firstMissed() {
      for (const { tag, causes } of byTag.values()) if (causes !== NONE) return { tag, causes }
      return null
    },
    heard({ tag, causes }) {
      const unheard = byTag.get(tag)
      // Something may have been missed since.
      if (unheard?.causes !== causes) return
      unheard.causes = NONE
      dropIfHeard(unheard)
    },
  }

  function isAny(tags: readonly string[], isMeant: (unheard: Unheard) => boolean): boolean {
    if (byTag.size === 0 && allUntilMs === 0) return false
    const nowMs = clock.monotonicMs()
    if (nowMs < allUntilMs) return true
    return tags.some((tag) => {
      const unheard = byTag.get(tag)
      return unheard !== undefined && nowMs < unheard.untilMs && isMeant(unheard)
    })
  }

  function begin(tag: string, untilMs: number): Unheard {
    const unheard = byTag.get(tag) ?? { tag, underWay: 0, causes: NONE, untilMs }
    byTag.delete(tag)
    byTag.set(tag, unheard)
    unheard.underWay += 1
    unheard.untilMs = untilMs
    return unheard
  }

  /** Each was told of on its own: one that was heard says nothing of those that were not. */
  function end(unheard: Unheard, missed: Cause | null): void {
    unheard.underWay -= 1
    if (missed) unheard.causes = withCause(unheard.causes, missed)
    dropIfHeard(unheard)
  }

  function dropIfHeard(unheard: Unheard): void {
    const isHeard = unheard.underWay === 0 && unheard.causes === NONE
    if (isHeard && byTag.get(unheard.tag) === unheard) byTag.delete(unheard.tag)
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

function withCause(causes: readonly Cause[], cause: Cause): readonly Cause[] {
  const before = causes.find((one) => isOfSame(one, cause))
  return [...causes.filter((one) => one !== before), before ? later(before, cause) : withoutAnswer(cause)]
}

function isOfSame(one: Cause, other: Cause): boolean {
  if (one.kind === 'write' || other.kind === 'write') return one.kind === other.kind
  return one.log === other.log && one.row?.name === other.row?.name
}

function later(before: Cause, cause: Cause): Cause {
  if (before.kind === 'write' || cause.kind === 'write') return before
  const position = Math.max(before.position, cause.position)
  if (!before.row || !cause.row) return { ...cause, position }
  return { ...cause, position, row: { ...cause.row, version: Math.max(before.row.version, cause.row.version) } }
}

/** What a writer brought is not brought late: it has been read since by whoever asked. */
function withoutAnswer(cause: Cause): Cause {
  return cause.kind === 'write' ? { kind: 'write', brought: null } : cause
}
