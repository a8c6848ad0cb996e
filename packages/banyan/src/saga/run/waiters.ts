import type { Outcome, WaitLimits } from '../../command/index.ts'
import { isDeclared, type Clock } from '../../core/index.ts'

/** Callers that wait for the end of a saga. */
export interface Waiters {
  /** Called when a saga ended in this process. */
  ended(id: string, outcome: Outcome): void
  /** The final answer; `null` when it has not come within `waitMs` or the caller gave up. */
  wait(id: string, limits: WaitLimits, source: OutcomeSource): Promise<Outcome | null>
}

/** Where the outcome of one saga is found by those who were not told. */
export interface OutcomeSource {
  /** True while this process acts for the saga: it will be told, so looking is only for the case of a take-over. */
  readonly isLocal: () => boolean
  readonly look: () => Promise<Outcome | null>
}

/** Ends in this process wake at once; looking at the database finds those that ended in another. */
export function createWaiters(clock: Clock): Waiters {
  const waiting = new Map<string, Set<(outcome: Outcome) => void>>()

  return {
    ended(id, outcome) {
      for (const resolve of waiting.get(id) ?? []) resolve(outcome)
    },
    async wait(id, { waitMs, signal }, { isLocal, look }) {
      const until = clock.monotonicMs() + waitMs
      const local = listen(id)
      try {
        for (let pauseMs = 50; !signal.aborted; pauseMs = Math.min(pauseMs * 2, 500)) {
          const leftMs = until - clock.monotonicMs()
          if (leftMs <= 0) return await lookNow(look)
          const outcome = await local.next(Math.min(isLocal() ? LOCAL_PAUSE_MS : pauseMs, leftMs))
          if (outcome) return outcome
          const found = await lookNow(look)
          if (found) return found
        }
        return null
      } finally {
        local.stop()
      }
    },
  }

  function listen(id: string) {
    let heard: Outcome | null = null
    let hear: (outcome: Outcome | null) => void = () => undefined
    const peers = waiting.get(id) ?? new Set()
    const onEnd = (outcome: Outcome) => {
      heard = outcome
      hear(outcome)
    }
    waiting.set(id, peers.add(onEnd))
    return {
      next(ms: number): Promise<Outcome | null> {
        if (heard) return Promise.resolve(heard)
        return new Promise((resolve) => {
          const cancel = clock.schedule(ms, () => resolve(heard))
          hear = (outcome) => {
            cancel()
            resolve(outcome)
          }
        })
      },
      stop() {
        peers.delete(onEnd)
        if (peers.size === 0) waiting.delete(id)
      },
    }
  }
}

/** What cannot be looked up now is not known yet; the saga has begun all the same, and "nothing was applied" would be wrong. */
async function lookNow(look: () => Promise<Outcome | null>): Promise<Outcome | null> {
  try {
    return await look()
  } catch (error) {
    if (isDeclared(error)) return null
    throw error
  }
}

/** At full load every checkout takes longer than the first pause: looking so soon was one statement in two, 2026-11-23. */
const LOCAL_PAUSE_MS = 1_000
