import type { Clock } from '../../core/index.ts'
import type { Counter, Metrics } from '../../observe/index.ts'

/**
 * Asks only while it is worth asking: after so many failures in a row nobody is asked for a while, then one; the first success opens it
 * again.
 */
export interface Circuit {
  /** `otherwise`: what to make of a call that failed or was not made. Never throws. */
  attempt<T>(call: () => T | Promise<T>, otherwise: T): Promise<T>
}

export interface CircuitOptions {
  readonly clock: Clock
  readonly metrics: Metrics
  /** Counts calls that failed. Default: those of the shared layer of the cache. */
  readonly failed?: Counter
}

const MAX_FAILURES = 3
const PAUSE_MS = 1_000

export function createCircuit({ clock, metrics, failed = failuresOfCache(metrics) }: CircuitOptions): Circuit {
  let failures = 0
  let askAgainAtMs = 0

  return {
    async attempt(call, otherwise) {
      if (!mayAsk()) return otherwise
      try {
        const done = await call()
        failures = 0
        return done
      } catch {
        // The client's own log names it; whoever called goes on without.
        failed.add()
        failures += 1
        if (failures === MAX_FAILURES) askAgainAtMs = clock.monotonicMs() + PAUSE_MS
        return otherwise
      }
    },
  }

  function mayAsk(): boolean {
    if (failures < MAX_FAILURES) return true
    const nowMs = clock.monotonicMs()
    if (nowMs < askAgainAtMs) return false
    askAgainAtMs = nowMs + PAUSE_MS
    return true
  }
}

function failuresOfCache(metrics: Metrics): Counter {
  const help = 'Calls of the shared layer of the cache that failed.'
  return metrics.counter({ name: 'banyan_cache_shared_failures_total', help })
}
