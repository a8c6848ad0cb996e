import type { Reply } from '../../contract/index.ts'
import { verdictOf, type Verdict } from '../balancing/verdict.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { CallHandler, Middleware, OperationCall } from '../middleware.ts'
import type { RecentClock } from '../recent-clock.ts'
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
  readonly clock: RecentClock
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

  const openUntil = (untilMs: number) => enter({ kind: 'open', untilMs })

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

  /** The same function for all calls: those that answer cost no closure. To the second it is all the same when. */
  function noteReply(answer: Reply): Reply {
    if (state === CLOSED) window.add(clock.recentMs(), false)
    return answer
  }

  function noteFailure(error: unknown, request: OperationCall): never {
    const nowMs = clock.monotonicMs()
    if (state === CLOSED) count(verdictOf(error, request.operation, nowMs - (request.startedMs ?? -Infinity)), nowMs)
    throw error
  }

  /** A probe that was given up on has no say any more. */
  function settle(probe: OperationCall, verdict: Verdict): void {
    if (state.kind === 'half-open' && state.probe === probe) conclude(verdict, clock.monotonicMs())
  }

  function sendProbe(next: CallHandler, probe: OperationCall, nowMs: number): Promise<Reply> {
    enter({ kind: 'half-open', probe, untilMs: probe.call.deadlineAtMs })
    return next(probe).then(
      (answer) => {
        settle(probe, 'works')
        return answer
      },
      (error: unknown) => {
        settle(probe, verdictOf(error, probe.operation, clock.monotonicMs() - nowMs))
        throw error
      },
    )
  }

  const middleware: Middleware = (next) => (request) => {
    if (state === CLOSED) return next(request).then(noteReply, (error: unknown) => noteFailure(error, request))
    const nowMs = clock.monotonicMs()
    if (!mayProbe(nowMs)) return Promise.reject(meshErrors.BREAKER_OPEN({ operation: request.id }))
    return sendProbe(next, toProbe(request, nowMs + policy.probeTimeoutMs), nowMs)
  }

  return { middleware, state: () => state.kind }
}

function toProbe(request: OperationCall, latestMs: number): OperationCall {
  const deadlineAtMs = Math.min(request.call.deadlineAtMs, latestMs)
  return { ...request, call: { ...request.call, deadlineAtMs } }
}
