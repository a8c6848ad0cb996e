import type { StoredEvent } from '../event.ts'
import { createTailCache } from '../local/tail-cache.ts'

/** What a process knows of the end of a log that is kept elsewhere. */
export interface KnownTail {
  /**
   * Where the knowledge ends, always at an event, never at a watermark: a producer that crashes may use again positions
   * that were drawn and never committed. `null`: nobody has read yet.
   */
  readonly frontier: number | null
  /** Events behind `after`, as far as they are in memory. */
  find(after: number, limit: number): readonly StoredEvent[]
  /** Takes in all that the log holds behind `after`, up to the last of `events`. True when some were new. */
  learn(after: number, events: readonly StoredEvent[]): boolean
}

export function createKnownTail(maxEvents: number): KnownTail {
  const cache = createTailCache(maxEvents)
  let frontier: number | null = null

  return {
    get frontier() {
      return frontier
    },
    find: (after, limit) => (frontier === null ? NONE : (cache.find(after, limit)?.events ?? NONE)),
    learn(after, events) {
      const last = events.at(-1)?.position ?? after
      if (frontier !== null && last <= frontier) return false
      // What lies before the frontier came by another way meanwhile.
      const from = frontier === null ? after : Math.max(after, frontier)
      const news = events.filter((event) => event.position > from)
      cache.store(from, last, news)
      frontier = last
      return news.length > 0
    },
  }
}

const NONE: readonly StoredEvent[] = []
