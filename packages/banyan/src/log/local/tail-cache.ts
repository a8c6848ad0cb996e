import type { StoredEvent } from '../event.ts'

/**
 * The end of a log in memory, so that many consumers at the tail cost one read: a run of events without a hole,
 * `from < position ≤ to`. Consumers that are further behind read the table.
 */
export interface TailCache {
  /** What is known behind `after`: at most `limit` events, and up to where; `null`: ask the table. */
  find(after: number, limit: number): { readonly events: readonly StoredEvent[]; readonly to: number } | null
  /** Adds all that the table holds with `after < position ≤ to`. */
  store(after: number, to: number, events: readonly StoredEvent[]): void
  clear(): void
}

export function createTailCache(maxEvents: number): TailCache {
  let from = 0
  let to = 0
  let run: StoredEvent[] = []

  return { find, store, clear: () => restart(0) }

  function find(after: number, limit: number) {
    if (after < from || after > to) return null
    const start = indexAfter(run, after)
    return { events: run.slice(start, start + limit), to }
  }

  function store(after: number, newTo: number, events: readonly StoredEvent[]): void {
    if (newTo <= to) return
    if (after !== to) restart(after)
    run.push(...events)
    to = newTo
    trim()
  }

  function restart(at: number): void {
    from = to = at
    run = []
  }

  // By halves: dropping from the front one by one would move the array for each event.
  function trim(): void {
    if (run.length <= maxEvents) return
    const dropped = run.splice(0, run.length - Math.ceil(maxEvents / 2))
    from = dropped.at(-1)!.position
  }
}

/** Index of the first event behind `position`. */
function indexAfter(events: readonly StoredEvent[], position: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (events[middle]!.position <= position) low = middle + 1
    else high = middle
  }
  return low
}
