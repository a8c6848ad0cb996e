import { randomText, type Random } from '../core/index.ts'
import type { Session } from '../data/index.ts'
import { appendEvents } from '../log/index.ts'

/** The type of the event by which somebody asks that kept answers go: `products.cache-purged.v1`. */
export function purgeEventOf(service: string): string {
  return `${service}.cache-purged.v1`
}

/** What it makes old. */
export function purgedTags({ tags }: { readonly tags: readonly string[] }): readonly string[] {
  return tags
}

export interface PurgeRequest {
  readonly service: string
  readonly tags: readonly string[]
  readonly random: Random
}

/**
 * Asks by the log that all gateways follow: none is left out, one that is away hears of it later, and nobody needs a way into a
 * running process. To be called in a transaction.
 */
export function appendPurge(tx: Pick<Session, 'query'>, { service, tags, random }: PurgeRequest): void {
  // An aggregate of its own: two purges at once need not agree on a version.
  const aggregateId = `cache-purge-${randomText(random)}`
  appendEvents(tx, [{ type: purgeEventOf(service), aggregateId, version: 1, payload: { tags } }])
}
