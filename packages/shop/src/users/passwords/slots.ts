import { coreErrors } from 'banyan/core'

export interface SlotsOptions {
  /** Named in the error when too many wait. */
  readonly what: string
  readonly maxRunning: number
  readonly maxWaiting: number
}

/** Runs `task` once a slot is free. */
export type Slots = <Result>(task: () => Promise<Result>, signal: AbortSignal) => Promise<Result>

/**
 * Bounds how many tasks run and how many wait, first come first served.
 * The returned function throws `api.OVERLOADED` when too many wait already, `api.CANCELLED` when `signal` aborts first.
 */
export function createSlots({ what, maxRunning, maxWaiting }: SlotsOptions): Slots {
  const waiting = new Set<() => void>()
  let running = 0

  function acquire(signal: AbortSignal): Promise<void> | void {
    if (signal.aborted) throw coreErrors.CANCELLED({}, { cause: signal.reason })
    if (running < maxRunning) return void running++
    if (waiting.size >= maxWaiting) throw coreErrors.OVERLOADED({ what, limit: maxWaiting })
    return new Promise((resolve, reject) => {
      const takeOver = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        waiting.delete(takeOver)
        reject(coreErrors.CANCELLED({}, { cause: signal.reason }))
      }
      waiting.add(takeOver)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Hands the slot to whoever waits longest, without a moment in which a newcomer could take it. */
  function release(): void {
    const [next] = waiting
    if (!next) return void running--
    waiting.delete(next)
    next()
  }

  return async (task, signal) => {
    await acquire(signal)
    try {
      return await task()
    } finally {
      release()
    }
  }
}
