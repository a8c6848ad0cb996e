import type { Clock } from '../core/index.ts'

/** The calls that a server has in hand, so that it can stop without losing one. */
export interface RunningCalls {
  readonly isStopping: boolean
  /** Ends with `end`; `abort` cancels it when the time for stopping is up. */
  begin(abort: AbortController): void
  end(abort: AbortController): void
  refuseNew(): void
  /** Until none runs, or `timeoutMs` have passed and the rest has been cancelled and had a moment to answer. */
  finished(clock: Clock, timeoutMs: number): Promise<void>
}

/** How long cancelled calls may take to answer. */
const LAST_WORDS_MS = 250

export function createRunningCalls(): RunningCalls {
  const calls = new Set<AbortController>()
  let isStopping = false
  let onEmpty: (() => void) | null = null

  function empty(clock: Clock, timeoutMs: number): Promise<void> {
    if (calls.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = clock.schedule(timeoutMs, resolve)
      onEmpty = () => {
        cancel()
        resolve()
      }
    })
  }

  return {
    get isStopping() {
      return isStopping
    },
    begin: (abort) => void calls.add(abort),
    end(abort) {
      calls.delete(abort)
      if (calls.size === 0) onEmpty?.()
    },
    refuseNew() {
      isStopping = true
    },
    async finished(clock, timeoutMs) {
      await empty(clock, timeoutMs)
      for (const abort of calls) abort.abort()
      await empty(clock, LAST_WORDS_MS)
    },
  }
}
