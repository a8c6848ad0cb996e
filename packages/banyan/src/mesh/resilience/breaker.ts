import type { Clock } from '../../core/index.ts'
import { verdictOf, type Verdict } from '../balancing/verdict.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { Middleware, OperationCall } from '../middleware.ts'
import type { BreakerPolicy } from './policy.ts'
import { createSlidingWindow } from './sliding-window.ts'

/**
 * - `closed`: calls pass and are counted. At least `minCalls` in the window, of them `failureRatio` failed → `open`.
 * - `open`: calls are refused without being sent. At `untilMs` the next call is sent as a probe → `half-open`.
 * - `half-open`: one probe is under way, all others are refused. It works, or the service says that it is full → `closed`; it
 *   fails, or is silent past its own deadline → `open`; its caller gives up, or it could not be sent → `open` with the next
 *   call as the next probe.
 */
export type BreakerState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly untilMs: number }
  | { readonly kind: 'half-open'; readonly probe: OperationCall; readonly untilMs: number }

export interface Breaker {
  readonly middleware: Middleware
  state(): BreakerState['kind']
}

export interface BreakerOptions {
  readonly policy: BreakerPolicy
  readonly clock: Clock
  /** Told of each change. */
  readonly onChange?: (state: BreakerState['kind']) => void
}

const CLOSED: BreakerState = Object.freeze({ kind: 'closed' })

/** Around the attempts at one operation: one whose table is locked must not stop the others of its service. */
export function createBreaker({ policy, clock, onChange }: BreakerOptions): Breaker {
  const window = createSlidingWindow(policy.windowMs)
  let state = CLOSED

  function enter(next: BreakerState): void {
    state = next
    if (next.kind === 'closed') window.reset()
    onChange?.(next.kind)
  }

  function openUntil(untilMs: number): void {
    enter({ kind: 'open', untilMs })
  }

  /** Whether this call may be sent as a probe. */
  function mayProbe(nowMs: number): boolean {
    if (state.kind === 'half-open' && nowMs >= state.untilMs) openUntil(state.untilMs + policy.openMs)
    return state.kind === 'open' && nowMs >= state.untilMs
  }

  function count(verdict: Verdict, nowMs: number): void {
    // What was never sent cannot have been too much, and the balancer knows sooner when it can be sent again.
    if (verdict === 'unknown' || verdict === 'full' || verdict === 'unreached') return
    const failed = verdict !== 'works'
    window.add(nowMs, failed)
    if (failed && window.total >= policy.minCalls && window.hits >= policy.failureRatio * window.total) {
      openUntil(nowMs + policy.openMs)
    }
  }

  function conclude(verdict: Verdict, nowMs: number): void {
    if (verdict === 'works' || verdict === 'full') enter(CLOSED)
    else openUntil(verdict === 'unknown' || verdict === 'unreached' ? nowMs : nowMs + policy.openMs)
  }

  const middleware: Middleware = (next) => {
    function send(request: OperationCall, probe: OperationCall | null, startMs: number) {
      const settle = (verdict: Verdict, nowMs: number) => {
        if (probe === null) return state === CLOSED ? count(verdict, nowMs) : undefined
        // A probe that was given up on has no say any more.
        if (state.kind === 'half-open' && state.probe === probe) conclude(verdict, nowMs)
      }
      return next(request).then(
        (reply) => {
          settle('works', clock.monotonicMs())
          return reply
        },
        (error: unknown) => {
          const nowMs = clock.monotonicMs()
          settle(verdictOf(error, request.operation, nowMs - startMs), nowMs)
          throw error
        },
      )
    }

    return (request) => {
      const nowMs = clock.monotonicMs()
      if (state === CLOSED) return send(request, null, nowMs)
      if (!mayProbe(nowMs)) return Promise.reject(meshErrors.BREAKER_OPEN({ operation: request.id }))
      const probe = toProbe(request, nowMs + policy.probeTimeoutMs)
      enter({ kind: 'half-open', probe, untilMs: probe.call.deadlineAtMs })
      return send(probe, probe, nowMs)
    }
  }

  return { middleware, state: () => state.kind }
}

function toProbe(request: OperationCall, latestMs: number): OperationCall {
  const deadlineAtMs = Math.min(request.call.deadlineAtMs, latestMs)
  return { ...request, call: { ...request.call, deadlineAtMs } }
}
