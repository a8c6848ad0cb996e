import { isDeclared } from '../../core/index.ts'
import type { Clock } from '../../core/index.ts'
import type { Metrics } from '../../observe/index.ts'
import { withoutEffect } from '../caller-error.ts'
import type { Middleware } from '../middleware.ts'

/** Rate, errors and duration of the calls of one operation as its callers see them, retries included. */
export function createObservedCalls(metrics: Metrics, operation: string, clock: Clock): Middleware {
  const help = 'Calls to services by operation, as the caller sees them; errors below 500 are answers.'
  const series = (result: string) =>
    metrics.histogram({ name: 'banyan_call_seconds', help, labels: { operation, result }, unit: 'milliseconds' })
  const answered = series('answered')
  const failed = series('failed')

  return (next) => (request) => {
    const startMs = clock.monotonicMs()
    return next(request).then(
      (reply) => {
        answered.observe(clock.monotonicMs() - startMs)
        return reply
      },
      (error: unknown) => {
        const isAnswer = isDeclared(error) && error.http < 500
        ;(isAnswer ? answered : failed).observe(clock.monotonicMs() - startMs)
        throw error
      },
    )
  }
}

/** A query that failed has changed nothing, also where its answer was lost. */
export const withoutEffects: Middleware = (next) => (request) =>
  next(request).catch((error: unknown) => {
    throw isDeclared(error) ? withoutEffect(error) : error
  })
