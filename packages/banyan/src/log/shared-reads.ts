import type { StoredEvent } from './event.ts'

export type ReadEvents = (after: number, limit: number) => Promise<readonly StoredEvent[]>

/**
 * Readers that stand at the same place at the same time share one read. One that began when less was final is not shared: it may find
 * nothing where there is something by now, and who was told so before it asked would wait for the next event.
 * @param upTo Up to where a read that begins now looks.
 */
export function shareReads(read: ReadEvents, upTo: () => number): ReadEvents {
  const running = new Map<string, Promise<readonly StoredEvent[]>>()

  return (after, limit) => {
    const key = `${after} ${limit} ${upTo()}`
    const same = running.get(key)
    if (same) return same
    const promise = read(after, limit).finally(() => running.delete(key))
    running.set(key, promise)
    return promise
  }
}
