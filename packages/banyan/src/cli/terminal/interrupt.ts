import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Somebody ended the command before it was done. */
export class Interrupted extends Error {
  readonly exitCode: number

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`interrupted by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

export interface Interrupt extends Disposable {
  /** Aborts at the first signal, with an `Interrupted` as reason. */
  readonly signal: AbortSignal
}

/**
 * Turns Ctrl-C and its kin into an abort, so that what was started (a database server, too) is stopped. A second
 * signal ends the process at once, because whoever sends it does not want to wait.
 */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController()
  const interrupt = (signal: (typeof SIGNALS)[number]) => {
    const reason = new Interrupted(signal)
    if (controller.signal.aborted) process.exit(reason.exitCode)
    controller.abort(reason)
  }
  for (const signal of SIGNALS) process.on(signal, interrupt)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, interrupt)
    },
  }
}

/** Resolves as `work` does. @throws the reason of `signal` as soon as that aborts. */
export function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}
