import type { Clock } from '../../core/index.ts'
import type { RetryPolicy } from './policy.ts'

/** How much of what is sent may be retries, over all operations of a service. */
export interface RetryBudget {
  /** A call begins, with its first attempt. */
  enter(): void
  /** The call has ended. */
  leave(): void
  /** Whether one of the calls may be repeated. From then on it counts as retrying, while it still waits too (envoy #30205). */
  take(): boolean
  /** A taken retry has ended, or was given up while it waited. */
  give(): void
}

const MS_PER_SECOND = 1_000

/**
 * Two bounds, both from `budgetRatio`. *At once*: retries are at most that share of the calls whose first attempt is under
 * way, because where calls take long that is what the service feels. *Over time*: each call brings that share of a token and
 * each retry costs one, because where calls fail in 1 ms hardly any are under way and the first bound alone let 1.4 times the
 * offered load through. The floor is for services that are seldom called.
 */
export function createRetryBudget({ budgetRatio, budgetFloor }: RetryPolicy, clock: Clock): RetryBudget {
  let calls = 0
  let retrying = 0
  let tokens = budgetFloor
  let lastMs = -Infinity

  const maxRetrying = () => Math.max(budgetFloor, budgetRatio * (calls - retrying))

  return {
    enter() {
      calls++
      tokens = Math.min(tokens + budgetRatio, maxRetrying())
    },
    leave() {
      calls--
    },
    take() {
      const nowMs = clock.monotonicMs()
      if (retrying + 1 > maxRetrying()) return false
      if (tokens < 1 && nowMs - lastMs < MS_PER_SECOND / budgetFloor) return false
      tokens = Math.max(0, tokens - 1)
      retrying++
      lastMs = nowMs
      return true
    },
    give() {
      retrying--
    },
  }
}
