import { createPurger, createPurgeRules, openPurges, parsePurgeUrls } from '../../cache/index.ts'
import type { Contract } from '../../contract/index.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { RunningService } from '../services/running-service.ts'

export interface PurgersOptions {
  /** Of the whole app: events of one service may concern answers of another. */
  readonly contracts: readonly Contract[]
  /** Those of this process: it purges for their events. */
  readonly services: ReadonlyMap<string, RunningService>
  readonly tools: ProcessTools
}

export interface Purgers {
  stop(): Promise<void>
}

/** One for each log and each cache in front; `null` without CDN_PURGE_URL. */
export function openPurgers({ contracts, services, tools }: PurgersOptions): Purgers | null {
  const { CDN_PURGE_URL: urls, CDN_PURGE_METHOD: method, CDN_PURGE_HEADER: header } = tools.settings
  if (!urls) return null
  const { CDN_PURGE_TOKEN: token, CACHE_TAG_HEADER: tagHeader } = tools.settings
  const named = { method: method || undefined, header: header || undefined, token: token || undefined }
  const caches = openPurges({ ...tools, ...named, tagHeader: tagHeader || undefined, urls: parsePurgeUrls(urls) })
  const rules = createPurgeRules(contracts)
  const purgers = [...services.values()]
    .filter(({ name }) => rules.concern(name))
    .flatMap(({ name, log: source, shards }) => {
      const logger = tools.logger.child({ service: name })
      return caches.map((cache) => createPurger({ ...tools, ...rules, logger, cache, source, database: shards.root }))
    })
  return { stop: async () => void (await Promise.all(purgers.map((purger) => purger.stop()))) }
}
