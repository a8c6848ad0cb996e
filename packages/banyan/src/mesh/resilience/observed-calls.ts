import type { Operation, Reply } from '../../contract/index.ts'
import { isDeclared } from '../../core/index.ts'
import { dependencySeries, type Metrics } from '../../observe/index.ts'
import { withoutEffect } from '../caller-error.ts'
import type { Middleware } from '../middleware.ts'
import type { RecentClock } from '../recent-clock.ts'

export interface ObservedCallsOptions {
  readonly id: string
  readonly operation: Operation
  readonly metrics: Metrics
  readonly clock: RecentClock
}

/**
 * Rate, errors and duration of the calls of one operation as its callers see them, retries included. A query that failed has
 * changed nothing, also where its answer was lost: that is said here, once, because only here it is final.
 */
export function createObservedCalls({ id, operation, metrics, clock }: ObservedCallsOptions): Middleware {
  const name = id.slice(0, id.indexOf('.'))
  const red = dependencySeries(metrics, { kind: 'service', name }, id)
  const finalError = operation.kind === 'query' ? withoutEffects : (error: unknown) => error

  return (next) => (request) => {
    const startMs = request.startedMs ?? clock.monotonicMs()
    return next(request).then(
      (answer: Reply) => {
        red.ok(clock.recentMs() - startMs)
        return answer
      },
      (error: unknown) => {
        red.failed(error, clock.monotonicMs() - startMs)
        throw finalError(error)
      },
    )
  }
}

function withoutEffects(error: unknown): unknown {
  return isDeclared(error) ? withoutEffect(error) : error
}
