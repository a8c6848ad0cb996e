import type { Clock } from '../core/index.ts'
import type { CachedOperation } from './cached-operation.ts'

/** Which producers' events come. What depends on others is only as good as its age. */
export interface Trust {
  /** Their events do not come any more. */
  lose(producer: string): void
  /** They come again, those of the meantime included. */
  regain(producer: string): void
  isFollowed(operation: CachedOperation): boolean
  /** True for what was read when one of its producers was last lost: events may have passed it by. */
  isDoubtful(operation: CachedOperation, readAtMs: number): boolean
}

export function createTrust(clock: Clock): Trust {
  const lostAtMs = new Map<string, number>()
  const lost = new Set<string>()
  return {
    lose(producer) {
      lost.add(producer)
      lostAtMs.set(producer, clock.monotonicMs())
    },
    regain: (producer) => void lost.delete(producer),
    isFollowed: ({ producers }) => !producers.some((producer) => lost.has(producer)),
    isDoubtful({ producers }, readAtMs) {
      return lostAtMs.size > 0 && producers.some((producer) => readAtMs <= (lostAtMs.get(producer) ?? -1))
    },
  }
}
