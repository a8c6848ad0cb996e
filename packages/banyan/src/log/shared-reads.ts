import type { StoredEvent } from './event.ts'

export type ReadEvents = (after: number, limit: number) => Promise<readonly StoredEvent[]>

/** Readers that stand at the same place at the same time share one read. */
export function shareReads(read: ReadEvents): ReadEvents {
  const running = new Map<string, Promise<readonly StoredEvent[]>>()

  return (after, limit) => {
    const key = `${after} ${limit}`
    const same = running.get(key)
    if (same) return same
    const promise = read(after, limit).finally(() => running.delete(key))
    running.set(key, promise)
    return promise
  }
}
