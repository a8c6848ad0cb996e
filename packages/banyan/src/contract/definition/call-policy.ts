import type { Static, TObject, TProperties } from 'typebox'
import { Type } from '../../core/index.ts'

const integer = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum })
const ratio = (minimum = 0) => Type.Number({ minimum, maximum: 1 })
const ms = (minimum = 1) => integer(minimum, 3_600_000)
const closed = <Fields extends TProperties>(fields: Fields) => Type.Object(fields, { additionalProperties: false })
/** Any of the fields. `Type.Partial` keeps what it is not told of open. */
const someOf = <Fields extends TProperties>(part: TObject<Fields>) =>
  Type.Partial(part, { additionalProperties: false })

const attempts = { maxAttempts: integer(1, 10), firstDelayMs: ms(), maxDelayMs: ms() }
const breaker = closed({
  failureRatio: ratio(0.01),
  minCalls: integer(1, 1_000_000),
  windowMs: ms(100),
  openMs: ms(),
  probeTimeoutMs: ms(),
})
const bulkhead = closed({ maxInFlight: integer(1, 1_000_000), maxWaiting: integer(0, 1_000_000) })

const parts = {
  retry: closed({ ...attempts, budgetRatio: ratio(), budgetFloor: integer(0, 1_000) }),
  breaker,
  bulkhead,
  throttle: closed({ headroom: Type.Number({ minimum: 1.01, maximum: 100 }), intervalMs: ms(10) }),
  ejection: closed({ failures: integer(1, 1_000), baseMs: ms(), maxMs: ms(), maxRatio: ratio() }),
  probe: closed({ intervalMs: ms(0), timeoutMs: ms(), failures: integer(1, 100) }),
  slowStart: closed({ windowMs: ms(0) }),
}

type Parts<Schemas extends TProperties> = {
  readonly [Part in keyof Schemas]: Readonly<Static<Schemas[Part]>>
}
type Changes<All> = { readonly [Part in keyof All]?: Partial<All[Part]> }

/** How calls to one service are protected. Every figure has a default; a contract may change it, and a topology that again. */
export type ResiliencePolicy = Parts<typeof parts>

/** What differs from the defaults: `{ retry: { maxAttempts: 1 } }`. */
export type PolicyChanges = Changes<ResiliencePolicy>

/**
 * What differs for one operation from its service: how often and when it is repeated (within the service's budget), its breaker,
 * and a bulkhead of its own inside the service's.
 */
export type OperationPolicyChanges = Changes<{
  readonly retry: Pick<ResiliencePolicy['retry'], keyof typeof attempts>
  readonly breaker: ResiliencePolicy['breaker']
  readonly bulkhead: ResiliencePolicy['bulkhead']
}>

export const PolicyChangesSchema = someOf(
  closed({
    retry: someOf(parts.retry),
    breaker: someOf(breaker),
    bulkhead: someOf(bulkhead),
    throttle: someOf(parts.throttle),
    ejection: someOf(parts.ejection),
    probe: someOf(parts.probe),
    slowStart: someOf(parts.slowStart),
  }),
)

export const OperationPolicyChangesSchema = someOf(
  closed({ retry: someOf(closed(attempts)), breaker: someOf(breaker), bulkhead: someOf(bulkhead) }),
)

/** How urgent calls of an operation are where a process has too much to do; the first goes first. */
export type Urgency = 'begun' | 'read' | 'newWork'
