import type { CachePolicy, Contract } from '../../contract/index.ts'
import type { StoredEvent } from '../../log/index.ts'
import { createCachePlan } from '../cache-plan.ts'

/** What contracts say of shared caches, as whoever purges needs it. */
export interface PurgeRules {
  /** What this producer's events can make old at all. */
  concern(producer: string): boolean
  /** The tags of what an event makes old. */
  tagsOf(event: Pick<StoredEvent, 'type' | 'payload'>): readonly string[]
  /** The longest that any cache shows an answer. */
  readonly maxShownMs: number
}

/** From the same events and tags that empty the gateway's own copies. */
export function createPurgeRules(contracts: readonly Contract[]): PurgeRules {
  const { invalidations } = createCachePlan(contracts)
  const policies = contracts.flatMap(({ operations }) => Object.values(operations).flatMap(({ cache }) => cache ?? []))
  return {
    concern: (producer) => [...invalidations.keys()].some((type) => type.startsWith(`${producer}.`)),
    tagsOf({ type, payload }) {
      const rules = invalidations.get(type) ?? []
      // Another word would ask for something else, or be refused for ever.
      return rules.flatMap((toTags) => toTags(payload as never)).filter(isTag)
    },
    maxShownMs: Math.max(0, ...policies.map(shownSeconds)) * 1_000,
  }
}

/** A copy begins with an answer that may be a copy itself. */
function shownSeconds(policy: CachePolicy): number {
  const { sharedMaxAgeSeconds, staleWhileRevalidateSeconds = 0, staleIfErrorSeconds = 0, application } = policy
  const own = (application?.maxAgeSeconds ?? 0) + (application?.staleIfErrorSeconds ?? 0)
  return own + sharedMaxAgeSeconds + Math.max(staleWhileRevalidateSeconds, staleIfErrorSeconds)
}

/** Means the same in a header, a URL, a list and (but for the dot) a regular expression. */
function isTag(text: string): boolean {
  return /^[\w.:-]{1,128}$/.test(text)
}
