import type { Call, Positions, Principal, SagaReference } from '../contract/index.ts'
import type { Clock } from '../core/index.ts'

/** What of a call crosses to another process. Clocks differ there, so the deadline goes as the time that is left. */
export interface CallJson {
  readonly principal: Principal
  readonly key: string | null
  readonly timeoutMs: number
  readonly requestId: string
  readonly traceParent: string | null
  readonly saga: SagaReference | null
  readonly waitMs: number
  readonly ifMatch: string | null
  readonly after?: Positions
}

export function callToJson(call: Call, clock: Clock): CallJson {
  const { principal, key, requestId, traceParent, saga, waitMs, ifMatch, after } = call
  const timeoutMs = Math.max(0, call.deadlineAtMs - clock.monotonicMs())
  return { principal, key, timeoutMs, requestId, traceParent, saga, waitMs, ifMatch, after }
}

/** @param signal Aborts when the caller's cancellation arrives or its connection breaks. */
export function callFromJson(json: CallJson, clock: Clock, signal: AbortSignal): Call {
  const { timeoutMs, ...rest } = json
  return { ...rest, deadlineAtMs: clock.monotonicMs() + timeoutMs, signal }
}
