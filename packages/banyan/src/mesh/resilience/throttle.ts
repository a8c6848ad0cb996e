import { coreErrors, type Clock, type Random } from '../../core/index.ts'
import { verdictOf } from '../balancing/verdict.ts'
import type { Middleware, OperationCall } from '../middleware.ts'
import type { ThrottlePolicy } from './policy.ts'
import { createSlidingWindow } from './sliding-window.ts'

export interface ThrottleOptions {
  readonly service: string
  readonly policy: ThrottlePolicy
  readonly clock: Clock
  readonly random: Random
}

/**
 * Refuses on this side what the service would most likely refuse as too much: saying no costs it work too, and at five times
 * its capacity little else would get done. Of the calls, about `headroom` times as many are sent as it took lately ("Site
 * Reliability Engineering", 2016, ch. 21, "Client-side throttling"). Steps of sagas always go: there is work to finish.
 * Costs nothing until the service says for the first time that it is full.
 */
export function createThrottle({ service, policy, clock, random }: ThrottleOptions): Middleware {
  const { headroom } = policy
  // Hits are calls that the service took; calls that were refused here count as calls.
  const window = createSlidingWindow(policy.windowMs)
  const refusal = coreErrors.OVERLOADED({ what: `Service '${service}'`, limit: 'as many as it can take' })
  let watchUntilMs = -Infinity

  function refuses(nowMs: number): boolean {
    window.advance(nowMs)
    const excess = (window.total - headroom * window.hits) / (window.total + 1)
    return excess > 0 && random.unit() < excess
  }

  function noteFailure(error: unknown, { operation }: OperationCall): void {
    const nowMs = clock.monotonicMs()
    const isFull = verdictOf(error, operation, Infinity) === 'full'
    if (isFull) watchUntilMs = nowMs + policy.windowMs
    if (nowMs < watchUntilMs) window.add(nowMs, !isFull)
  }

  return (next) => (request) => {
    const isWatching = watchUntilMs !== -Infinity
    if (isWatching && request.call.saga === null) {
      const nowMs = clock.monotonicMs()
      if (nowMs >= watchUntilMs) watchUntilMs = -Infinity
      else if (refuses(nowMs)) {
        window.add(nowMs, false)
        return Promise.reject(refusal)
      }
    }
    return next(request).then(
      (reply) => {
        if (watchUntilMs !== -Infinity) window.add(clock.monotonicMs(), true)
        return reply
      },
      (error: unknown) => {
        noteFailure(error, request)
        throw error
      },
    )
  }
}
