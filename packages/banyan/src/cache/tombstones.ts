import { mergePositions } from './answer.ts'
import type { Positions } from '../contract/index.ts'
import type { Cause, Refusal } from './layer.ts'

/**
 * What was changed lately, by tag, so that an answer that was read before does not land after it. Bounded: the oldest are folded into
 * one floor that counts for every tag. That refuses at most what was being read at that time; what is read later includes it.
 */
export interface Tombstones {
  leave(tags: readonly string[], cause: Cause): void
  /** Everything that is being read now is refused. */
  leaveForAll(): void
  /** The present moment, to be handed back with what is read from now on. */
  moment(): number
  /** Why an answer read since then is not to be kept; `null`: it may be. */
  refuse(tags: readonly string[], since: number, includes: Positions): Refusal | null
}

interface Tombstone {
  moment: number
  positions: Positions
}

export function createTombstones(maxTombstones: number): Tombstones {
  /** Left longest ago first. */
  const byTag = new Map<string, Tombstone>()
  let floor: Tombstone = { moment: 0, positions: {} }
  let now = 1

  return {
    leave(tags, cause) {
      if (cause.kind === 'write') now += 1
      for (const tag of tags) renew(tag, cause)
      for (const [tag, tombstone] of byTag) {
        if (byTag.size <= maxTombstones) break
        floor = fold(floor, tombstone)
        byTag.delete(tag)
      }
    },
    leaveForAll() {
      now += 1
      floor = { ...floor, moment: now }
    },
    moment: () => now,
    refuse(tags, since, includes) {
      const refusal = refuseFor(floor, since, includes)
      if (refusal) return refusal
      for (const tag of tags) {
        const tombstone = byTag.get(tag)
        const why = tombstone ? refuseFor(tombstone, since, includes) : null
        if (why) return why
      }
      return null
    },
  }

  function renew(tag: string, cause: Cause): void {
    const known = byTag.get(tag) ?? { moment: 0, positions: {} }
    byTag.delete(tag)
    const left =
      cause.kind === 'event'
        ? { moment: known.moment, positions: mergePositions(known.positions, { [cause.log]: cause.position }) }
        : { moment: now, positions: known.positions }
    byTag.set(tag, left)
  }
}

function fold(one: Tombstone, other: Tombstone): Tombstone {
  return { moment: Math.max(one.moment, other.moment), positions: mergePositions(one.positions, other.positions) }
}

function refuseFor({ moment, positions }: Tombstone, since: number, includes: Positions): Refusal | null {
  if (moment > since) return 'lost'
  for (const log in positions) if ((includes[log] ?? 0) < positions[log]!) return 'older'
  return null
}
