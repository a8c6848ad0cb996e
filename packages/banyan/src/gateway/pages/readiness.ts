import type { Clock } from '../../core/index.ts'
import { coreErrors } from '../../core/index.ts'

/** Resolves when the dependency answers, rejects when it does not. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<void>

/** What `GET /health/ready` knows: the names of what is missing, none when ready. */
export type Readiness = () => Promise<readonly string[]>

export interface ReadinessOptions {
  /** By name, as people call it: `database of orders`. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>
  readonly clock: Clock
  /** A check that takes longer counts as failed, milliseconds. Default 2,000. */
  readonly timeoutMs?: number
}

/** Runs all checks at once. Those who ask at the same time share one run, so that probes cannot pile up. */
export function createReadiness({ checks, clock, timeoutMs = 2_000 }: ReadinessOptions): Readiness {
  let running: Promise<readonly string[]> | null = null

  async function runAll(): Promise<readonly string[]> {
    const names = Object.keys(checks)
    const results = await Promise.all(names.map((name) => passes(checks[name]!, clock, timeoutMs)))
    return names.filter((_, index) => !results[index])
  }

  return () => (running ??= runAll().finally(() => (running = null)))
}

async function passes(check: ReadinessCheck, clock: Clock, timeoutMs: number): Promise<boolean> {
  const abort = new AbortController()
  const { promise: expiry, reject } = Promise.withResolvers<never>()
  const cancel = clock.schedule(timeoutMs, () => {
    abort.abort()
    reject(coreErrors.DEADLINE_EXCEEDED())
  })
  try {
    await Promise.race([check(abort.signal), expiry])
    return true
  } catch {
    return false // the answer names the dependency; why it is down is in that dependency's own log
  } finally {
    cancel()
  }
}
