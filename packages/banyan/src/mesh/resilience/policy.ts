import type { PolicyChanges, ResiliencePolicy } from '../../contract/index.ts'

export type RetryPolicy = ResiliencePolicy['retry']
export type BreakerPolicy = ResiliencePolicy['breaker']
export type BulkheadPolicy = ResiliencePolicy['bulkhead']
export type ThrottlePolicy = ResiliencePolicy['throttle']
export type EjectionPolicy = ResiliencePolicy['ejection']
export type ProbePolicy = ResiliencePolicy['probe']

export const DEFAULT_POLICY: ResiliencePolicy = {
  retry: {
    /** The first attempt counts; 1: never again. */
    maxAttempts: 3,
    /** Full jitter, doubling. */
    firstDelayMs: 50,
    maxDelayMs: 1_000,
    /** Retries, those in backoff included, as a share of the calls. */
    budgetRatio: 0.2,
    /** Retries always allowed, at once and in each second. */
    budgetFloor: 3,
  },
  breaker: {
    /** Share of failures that opens it, timeouts included. */
    failureRatio: 0.5,
    /** Calls in the window before it may open. */
    minCalls: 20,
    windowMs: 10_000,
    /** How long it stays open before one probe. */
    openMs: 5_000,
    /** The probe's own deadline. */
    probeTimeoutMs: 1_000,
  },
  bulkhead: {
    /** Calls of this process to the service at once. */
    maxInFlight: 1_000,
    /** Calls that may wait for room. */
    maxWaiting: 0,
  },
  throttle: {
    /** Calls that are sent for each one that the service took, once it refuses some as too many. */
    headroom: 1.5,
    /** How often the share of calls that are sent is set anew. */
    intervalMs: 100,
  },
  ejection: {
    /** Failures in a row. */
    failures: 5,
    /** Times the number of ejections that are not forgotten. */
    baseMs: 30_000,
    maxMs: 300_000,
    /** Of the instances, but always one. */
    maxRatio: 0.5,
  },
  probe: {
    /** 0: no active probes. */
    intervalMs: 5_000,
    timeoutMs: 1_000,
    /** Failed probes in a row that take an instance out, until one passes. */
    failures: 3,
  },
  slowStart: {
    /** How long an instance that came, or came back, takes to carry its full share. 0: none. */
    windowMs: 10_000,
  },
}

/** Part by part and figure by figure; what changes wins. */
export function mergePolicies(policy: ResiliencePolicy, changes: PolicyChanges): ResiliencePolicy {
  const parts = Object.entries(policy).map(([part, figures]) => {
    const changed = changes[part as keyof ResiliencePolicy]
    return [part, changed ? { ...figures, ...changed } : figures]
  })
  return Object.freeze(Object.fromEntries(parts) as unknown as ResiliencePolicy)
}
