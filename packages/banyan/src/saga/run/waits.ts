import type { Clock } from '../../core/index.ts'

/** Sleeping retries by the service they wait for, so that one that is healthy again wakes its sagas at once. */
export interface Waits {
  /** Ends after `ms`, or as soon as the service answers somebody else. @throws `api.CANCELLED` */
  sleep(service: string, ms: number, signal: AbortSignal): Promise<void>
  wake(service: string): void
}

export function createWaits(clock: Clock): Waits {
  const sleepers = new Map<string, Set<AbortController>>()
  return {
    async sleep(service, ms, signal) {
      const alarm = new AbortController()
      const peers = sleepers.get(service) ?? new Set()
      sleepers.set(service, peers.add(alarm))
      try {
        await clock.sleep(ms, AbortSignal.any([signal, alarm.signal]))
      } catch (error) {
        if (signal.aborted) throw error
      } finally {
        peers.delete(alarm)
      }
    },
    wake(service) {
      const peers = sleepers.get(service)
      if (!peers || peers.size === 0) return
      for (const alarm of peers) alarm.abort()
      peers.clear()
    },
  }
}
