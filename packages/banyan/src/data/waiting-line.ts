import { type Clock, coreErrors } from '../core/index.ts'

export interface WaitTerms {
  readonly timeoutMs: number
  /** What whoever waited in vain is told. */
  readonly timedOut: () => Error
  readonly signal?: AbortSignal | undefined
}

interface Waiter<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
  /** Removes its place, timer and abort listener. */
  readonly settle: () => void
}

/** Callers waiting for something, served in the order in which they came. */
export class WaitingLine<T> {
  readonly #clock: Clock
  readonly #waiters = new Set<Waiter<T>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#waiters.size
  }

  /** @throws what `timedOut` makes, `api.CANCELLED` when the signal aborts, or the error of `rejectAll` */
  wait({ timeoutMs, timedOut, signal }: WaitTerms): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#clock.schedule(timeoutMs, () => giveUp(timedOut()))
      const onAbort = () => giveUp(coreErrors.CANCELLED({}, { cause: signal?.reason }))
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = () => {
        this.#waiters.delete(waiter)
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter<T> = { resolve, reject, settle }
      const giveUp = (error: Error) => {
        settle()
        reject(error)
      }
      this.#waiters.add(waiter)
    })
  }

  /** Gives `value` to the first in line; false when nobody waits. */
  serve(value: T): boolean {
    const [waiter] = this.#waiters
    if (!waiter) return false
    waiter.settle()
    waiter.resolve(value)
    return true
  }

  rejectAll(makeError: () => Error): void {
    for (const waiter of this.#waiters) {
      waiter.settle()
      waiter.reject(makeError())
    }
  }
}
