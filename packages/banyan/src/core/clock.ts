import { coreErrors } from './core-errors.ts'

/** Time, handed in. Tests hand in a clock that they move themselves. */
export interface Clock {
  /** Wall time, milliseconds since 1970 UTC. For what people read and what databases store. */
  now(): number
  /** Milliseconds since an arbitrary start, never going back. For deadlines, leases and durations. */
  monotonicMs(): number
  /** Resolves after `ms`. @throws `api.CANCELLED` as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Runs `task` once after `ms`; the returned function cancels it. Never keeps the process alive. */
  schedule(ms: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep,
  schedule(ms, task) {
    const timer = setTimeout(task, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer)
      reject(coreErrors.CANCELLED({}, { cause: signal?.reason }))
    }
    if (signal?.aborted) return reject(coreErrors.CANCELLED({}, { cause: signal.reason }))
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', cancel)
      resolve()
    }, ms)
    signal?.addEventListener('abort', cancel, { once: true })
  })
}
