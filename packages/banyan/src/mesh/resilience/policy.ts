import { Type, type Static, type TSchema } from 'typebox'
import { parseOptions } from '../../core/index.ts'

const integer = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum })
const ratio = (minimum = 0) => Type.Number({ minimum, maximum: 1 })
const ms = (minimum = 1) => integer(minimum, 3_600_000)
const closed = <Fields extends Record<string, TSchema>>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false })

const PolicySchema = closed({
  retry: closed({
    maxAttempts: integer(1, 10),
    firstDelayMs: ms(),
    maxDelayMs: ms(),
    budgetRatio: ratio(),
    budgetFloor: integer(0, 1_000),
  }),
  breaker: closed({
    failureRatio: ratio(0.01),
    minCalls: integer(1, 1_000_000),
    windowMs: ms(100),
    openMs: ms(),
    probeTimeoutMs: ms(),
  }),
  bulkhead: closed({ maxInFlight: integer(1, 1_000_000), maxWaiting: integer(0, 1_000_000) }),
  throttle: closed({ headroom: Type.Number({ minimum: 1.01, maximum: 100 }), intervalMs: ms(10) }),
  ejection: closed({ failures: integer(1, 1_000), baseMs: ms(), maxMs: ms(), maxRatio: ratio() }),
  probe: closed({ intervalMs: ms(0), timeoutMs: ms(), failures: integer(1, 100) }),
  slowStart: closed({ windowMs: ms(0) }),
})

/** How calls to one service are protected. Every figure has a default, and a topology may change it. */
export type ResiliencePolicy = Readonly<{
  [Part in keyof Static<typeof PolicySchema>]: Readonly<Static<typeof PolicySchema>[Part]>
}>
export type RetryPolicy = ResiliencePolicy['retry']
export type BreakerPolicy = ResiliencePolicy['breaker']
export type BulkheadPolicy = ResiliencePolicy['bulkhead']
export type ThrottlePolicy = ResiliencePolicy['throttle']
export type EjectionPolicy = ResiliencePolicy['ejection']
export type ProbePolicy = ResiliencePolicy['probe']

/** What differs from the defaults: `{ retry: { maxAttempts: 1 } }`. */
export type PolicyChanges = { readonly [Part in keyof ResiliencePolicy]?: Partial<ResiliencePolicy[Part]> }

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

/** The policy with its defaults filled in. @throws `api.INVALID_OPTIONS` with every fault at once. */
export function parsePolicy(service: string, changes: PolicyChanges = {}): ResiliencePolicy {
  const parts = Object.entries(DEFAULT_POLICY).map(([part, defaults]) => [
    part,
    mergePart(defaults, (changes as Record<string, unknown>)[part]),
  ])
  return parseOptions(`The policy of '${service}'`, PolicySchema, { ...changes, ...Object.fromEntries(parts) })
}

function mergePart(defaults: object, changes: unknown): unknown {
  if (changes === undefined) return defaults
  return typeof changes === 'object' && changes !== null ? { ...defaults, ...changes } : changes
}
