import type { Metrics } from '../../observe/index.ts'

/** What is counted of the purges of one cache. */
export interface PurgeSeries {
  purged(tags: number): void
  failed(): void
  /** How long after an event its purge was answered. */
  shown(lagMs: number): void
}

export function createPurgeSeries(metrics: Metrics | undefined, cache: string): PurgeSeries {
  const labels = { cache }
  const purges = (outcome: string) =>
    metrics?.counter({
      name: 'banyan_cdn_purges_total',
      help: 'Purges that a cache was asked for.',
      labels: { cache, outcome },
    })
  const [done, failures] = [purges('done'), purges('failed')]
  const tagsTotal = metrics?.counter({
    name: 'banyan_cdn_purged_tags_total',
    help: 'Tags that were purged, each twice.',
    labels,
  })
  const lag = metrics?.histogram({
    name: 'banyan_cdn_purge_lag_seconds',
    help: 'From an event to the answer of the cache that was purged for it.',
    labels,
    unit: 'milliseconds',
  })
  return {
    purged(tags) {
      done?.add()
      tagsTotal?.add(tags)
    },
    failed: () => failures?.add(),
    shown: (lagMs) => lag?.observe(Math.max(0, lagMs)),
  }
}
