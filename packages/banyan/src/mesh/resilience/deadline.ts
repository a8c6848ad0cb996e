import type { Clock } from '../../core/index.ts'
import { coreErrors } from '../../core/index.ts'
import { shrinkDeadline, type CallWatch } from '../call-watch.ts'
import { withoutEffect } from '../caller-error.ts'
import type { Middleware, OperationCall } from '../middleware.ts'

export interface DeadlineOptions {
  readonly clock: Clock
  /** Shared by all operations: one sweep serves them all. */
  readonly watch: CallWatch
}

/**
 * Ends an attempt at its deadline, or when its caller gives up, whatever the wire below does; the wire is told the same
 * deadline and signal, and cancels the work. It stands inside the breaker, so that timeouts are counted there.
 */
export function createDeadline({ clock, watch }: DeadlineOptions): Middleware {
  return (next) => (request) =>
    new Promise((resolve, reject) => {
      const nowMs = clock.monotonicMs()
      const bounded = withDeadline(request, shrinkDeadline(request.call, request.operation.deadlineMs, nowMs))
      const { deadlineAtMs, signal } = bounded.call
      if (signal.aborted) return reject(withoutEffect(coreErrors.CANCELLED({}, { cause: signal.reason })))
      if (nowMs >= deadlineAtMs) return reject(withoutEffect(coreErrors.DEADLINE_EXCEEDED()))
      const watched = { caller: signal, deadlineAtMs, expire: reject, index: -1 }
      watch.add(watched)
      next(bounded).then(
        (reply) => {
          watch.remove(watched)
          resolve(reply)
        },
        (error: unknown) => {
          watch.remove(watched)
          reject(error)
        },
      )
    })
}

function withDeadline(request: OperationCall, deadlineAtMs: number): OperationCall {
  return deadlineAtMs === request.call.deadlineAtMs ? request : { ...request, call: { ...request.call, deadlineAtMs } }
}
