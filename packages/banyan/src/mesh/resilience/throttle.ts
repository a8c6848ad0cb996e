import type { Reply } from '../../contract/index.ts'
import { coreErrors, type Clock, type Random } from '../../core/index.ts'
import { saysFull } from '../balancing/verdict.ts'
import type { Middleware } from '../middleware.ts'
import type { ThrottlePolicy } from './policy.ts'

export interface ThrottleOptions {
  /** What is throttled, as the refusal names it. */
  readonly to: string
  readonly policy: ThrottlePolicy
  readonly clock: Clock
  readonly random: Random
}

/**
 * Refuses on this side what the service would most likely refuse as too much: saying no costs it work too, and at five times
 * its capacity little else would get done. About `headroom` times as many calls are sent as it takes. Steps of sagas always go:
 * there is work to finish. Costs nothing until the service says for the first time that it is full.
 *
 * The aim is that of client-side throttling ("Site Reliability Engineering", 2016, ch. 21). Its formula, from the counts of a
 * window, was tried and rejected: after a moment in which the service took nothing it let 8 % of the capacity through for as long
 * as it was watched, because it can only grow by `headroom` a window.
 */
export function createThrottle({ to, policy, clock, random }: ThrottleOptions): Middleware {
  const refusal = coreErrors.OVERLOADED({ what: `'${to}'`, limit: 'as many calls as it takes' })
  const share = createSentShare(policy, clock)

  return (next) => (request) => {
    if (share.isWatching && request.call.saga === null && !share.admits(random)) return Promise.reject(refusal)
    return next(request).then(noteReply, noteFailure)
  }

  function noteReply(answer: Reply): Reply {
    if (share.isWatching) share.note(false)
    return answer
  }

  function noteFailure(error: unknown): never {
    const isFull = saysFull(error)
    if (isFull || share.isWatching) share.note(isFull)
    throw error
  }
}

/** What share of the calls is sent. All of them, and nothing is counted, while the service takes all. */
function createSentShare({ headroom, intervalMs }: ThrottlePolicy, clock: Clock) {
  let share = 1
  let isWatching = false
  let isSettling = false
  let endMs = 0
  let sent = 0
  let answers = 0
  let refusals = 0

  function begin(nowMs: number): void {
    endMs = nowMs + intervalMs
    sent = 0
    answers = 0
    refusals = 0
  }

  /**
   * At an even load it settles where one of `headroom` calls is taken. After a fall the answers of one interval are to calls that were
   * sent before it: heeding them too would make it fall below what the service takes (measured: half of that, for a second).
   */
  function conclude(nowMs: number): void {
    if (isSettling) isSettling = false
    else if (answers > 0) {
      const before = share
      const factor = (headroom * (answers - refusals)) / answers
      share = Math.min(1, Math.max(LEAST_SHARE, share * Math.min(FASTEST_GROWTH, Math.max(FASTEST_FALL, factor))))
      isSettling = share < before
    }
    isWatching = share < 1 || refusals > 0
    begin(nowMs)
  }

  return {
    get isWatching() {
      return isWatching
    },
    /** The first call of an interval always: a process with few calls would else not hear for minutes that there is room again. */
    admits(random: Random): boolean {
      const nowMs = clock.monotonicMs()
      if (nowMs >= endMs) conclude(nowMs)
      const isSent = sent === 0 || random.unit() < share
      if (isSent) sent++
      return isSent
    },
    note(isFull: boolean): void {
      if (!isWatching) begin(clock.monotonicMs())
      isWatching = true
      answers++
      if (isFull) refusals++
    },
  }
}

const LEAST_SHARE = 0.02
const FASTEST_FALL = 0.5
const FASTEST_GROWTH = 1.2
