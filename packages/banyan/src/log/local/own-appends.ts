import type { StoredEvent } from '../event.ts'

/**
 * Events that this process has just appended and nobody has read yet. Where their positions follow each other without a hole, no
 * other process has an event between them, so they need not be read back from the table.
 */
export interface OwnAppends {
  /** Of one committed transaction. Beyond `maxEvents` all are forgotten: then the table is read. */
  add(events: readonly StoredEvent[]): void
  /** Hands over, for whoever keeps it from then on, the run that begins just behind `after` and ends at `upTo` or before the first hole. */
  take(after: number, upTo: number): StoredEvent[]
  /** The last position of the run that begins just behind `after`; `after`: there is none. */
  runEnd(after: number): number
  /** Others have read up to here. */
  dropUpTo(position: number): void
  clear(): void
}

export function createOwnAppends(maxEvents: number): OwnAppends {
  const byPosition = new Map<number, StoredEvent>()
  return {
    add(events) {
      if (byPosition.size + events.length > maxEvents) byPosition.clear()
      if (events.length > maxEvents) return
      for (const event of events) byPosition.set(event.position, event)
    },
    take(after, upTo) {
      const run: StoredEvent[] = []
      for (let position = after + 1; position <= upTo; position++) {
        const event = byPosition.get(position)
        if (!event) break
        byPosition.delete(position)
        run.push(event)
      }
      return run
    },
    runEnd(after) {
      let end = after
      while (byPosition.has(end + 1)) end++
      return end
    },
    dropUpTo(position) {
      for (const at of byPosition.keys()) if (at <= position) byPosition.delete(at)
    },
    clear: () => byPosition.clear(),
  }
}
