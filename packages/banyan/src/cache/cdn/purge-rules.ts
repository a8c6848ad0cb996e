import { invalidationsOf, type CachePolicy, type Contract } from '../../contract/index.ts'
import type { StoredEvent } from '../../log/index.ts'
import { purgedTags, purgeEventOf } from '../purge-event.ts'

/** What contracts say of shared caches, as whoever purges needs it. */
export interface PurgeRules {
  /** What this producer's events can make old at all. */
  concern(producer: string): boolean
  /** The tags of what an event makes old. */
  tagsOf(event: Pick<StoredEvent, 'type' | 'payload'>): readonly string[]
  /** The longest that any cache shows an answer. */
  readonly maxShownMs: number
}

/** From the events and tags that empty the gateway's own copies, `banyan cache purge` among them, but for those that are not worth a purge. */
export function createPurgeRules(contracts: readonly Contract[]): PurgeRules {
  const keeping = contracts.map((contract) => ({ name: contract.name, policies: policiesOf(contract) }))
  const policies = keeping.flatMap((service) => service.policies)
  const asking = keeping.filter((service) => service.policies.length > 0).map(({ name }) => purgeEventOf(name))
  const rules = [...policies.flatMap(purgingOf), ...asking.map((type) => [type, purgedTags] as const)]
  return {
    concern: (producer) => rules.some(([type]) => type.startsWith(`${producer}.`)),
    tagsOf({ type, payload }) {
      const matching = rules.filter(([purging]) => purging === type)
      // Another word would ask for something else, or be refused for ever.
      return matching.flatMap(([, toTags]) => toTags(payload as never)).filter(isTag)
    },
    maxShownMs: Math.max(0, ...policies.map(shownSeconds)) * 1_000,
  }
}

function policiesOf({ operations }: Contract): readonly CachePolicy[] {
  return Object.values(operations).flatMap(({ cache }) => cache ?? [])
}

function purgingOf({ application, notPurgedBy = [] }: CachePolicy) {
  const all = application ? Object.entries(invalidationsOf(application.strategy)) : []
  return all.filter(([type]) => !notPurgedBy.includes(type))
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
