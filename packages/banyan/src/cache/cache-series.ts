import type { Counter, Metrics } from '../observe/index.ts'

/** Numbers of one operation in this process. */
export interface CacheSeries {
  /** Answered from this process's memory. */
  readonly hits: Counter
  readonly sharedHits: Counter
  /** Asked of the service. */
  readonly fills: Counter
  /** Waited for a fill that another reader had begun. */
  readonly joins: Counter
  /** Fills and writes that were not stored, because something newer was known. */
  readonly refused: Counter
  /** Old answers shown because the service could not answer. */
  readonly stale: Counter
}

export interface CacheSeriesTable {
  of(operation: string): CacheSeries
}

export function createCacheSeries(
  metrics: Metrics,
  { memory, keeper }: { readonly memory: { readonly bytes: number; readonly count: number }; readonly keeper: string },
): CacheSeriesTable {
  const known = new Map<string, CacheSeries>()
  const labels = { keeper }
  metrics.gaugeOf({ name: 'banyan_cache_bytes', help: 'Bytes of answers kept in memory.', labels }, () => memory.bytes)
  metrics.gaugeOf({ name: 'banyan_cache_entries', help: 'Answers kept in memory.', labels }, () => memory.count)
  return { of: (operation) => known.get(operation) ?? make(operation) }

  function make(operation: string): CacheSeries {
    const hitsOf = (layer: string) =>
      metrics.counter({
        name: 'banyan_cache_hits_total',
        help: 'Answers taken from a layer of the application cache.',
        labels: { operation, layer },
      })
    const counter = (name: string, help: string) =>
      metrics.counter({ name: `banyan_cache_${name}_total`, help, labels: { operation } })
    const made: CacheSeries = {
      hits: hitsOf('l1'),
      sharedHits: hitsOf('l2'),
      fills: counter('fills', 'Answers asked of the service to be kept.'),
      joins: counter('joins', 'Readers that waited for a fill under way.'),
      refused: counter('refused', 'Answers not kept because something newer was known.'),
      stale: counter('stale', 'Old answers shown because the service could not answer.'),
    }
    known.set(operation, made)
    return made
  }
}
