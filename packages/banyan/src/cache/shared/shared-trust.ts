import type { Positions } from '../../contract/index.ts'
import type { CachedOperation } from '../cached-operation.ts'
import type { Kept } from '../layer.ts'

/** Which producers' events come, and since when: what the shared layer has is only as good as what somebody has told it. */
export interface SharedTrust {
  lose(producer: string): void
  regain(producer: string): void
  /** True while all events come that could end such answers. */
  isFollowed(operation: CachedOperation): boolean
  /** True for what is as new as the moment when this process began to hear: earlier events may have been told to nobody. */
  holds(operation: CachedOperation, kept: Kept): boolean
}

/** @param known Up to where all events are committed and have been heard of here, by log. */
export function createSharedTrust(known: () => Positions): SharedTrust {
  const lost = new Set<string>()
  const heardFrom: Record<string, number> = {}
  return {
    lose: (producer) => void lost.add(producer),
    regain(producer) {
      lost.delete(producer)
      const logs = Object.entries(known()).filter(([log]) => log.startsWith(`${producer}/`))
      for (const [log, position] of logs) heardFrom[log] ??= position
    },
    isFollowed: ({ producers }) => !producers.some((producer) => lost.has(producer)),
    holds: ({ producers }, { includes }) =>
      Object.entries(heardFrom).every(
        ([log, from]) => !producers.some((one) => log.startsWith(`${one}/`)) || (includes[log] ?? 0) >= from,
      ),
  }
}
