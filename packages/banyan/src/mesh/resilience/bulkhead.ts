import type { Reply } from '../../contract/index.ts'
import { coreErrors, type BanyanError } from '../../core/index.ts'
import type { CallWatch } from '../call-watch.ts'
import { withoutEffect } from '../caller-error.ts'
import type { CallHandler, Middleware, OperationCall } from '../middleware.ts'
import type { BulkheadPolicy } from './policy.ts'
import { isBegun } from './urgency.ts'

export interface BulkheadOptions {
  /** The service or the operation that the calls are to. */
  readonly to: string
  readonly policy: BulkheadPolicy
  /** Ends those that wait too long. */
  readonly watch: CallWatch
}

export interface Bulkhead {
  readonly middleware: Middleware
  readonly inFlight: number
}

/**
 * Bounds the calls of this process to one service, so that a slow one cannot take the memory and the sockets of all. Further
 * ones wait in order of arrival, as many as may; the rest is refused with `api.OVERLOADED`.
 *
 * What has been begun has a compartment of the same size of its own: in one process a thousand orders that wait for their
 * checkouts would else keep out the very steps that they wait for.
 */
export function createBulkhead(options: BulkheadOptions): Bulkhead {
  const newcomers = createCompartment(options)
  const begun = createCompartment(options)
  return {
    middleware: (next) => {
      const sendNew = newcomers.middleware(next)
      const sendBegun = begun.middleware(next)
      return (request) => (isBegun(request) ? sendBegun(request) : sendNew(request))
    },
    get inFlight() {
      return newcomers.inFlight + begun.inFlight
    },
  }
}

function createCompartment({ to, policy, watch }: BulkheadOptions): Bulkhead {
  const { maxInFlight, maxWaiting } = policy
  const waiting = new Set<() => void>()
  let inFlight = 0

  function leave(): void {
    inFlight--
    for (const begin of waiting) return begin()
  }

  function finish(answer: Reply): Reply {
    leave()
    return answer
  }

  function fail(error: unknown): never {
    leave()
    throw error
  }

  function send(next: CallHandler, request: OperationCall): Promise<Reply> {
    inFlight++
    return next(request).then(finish, fail)
  }

  function wait(next: CallHandler, request: OperationCall): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { signal: caller, deadlineAtMs } = request.call
      const watched = { caller, deadlineAtMs, expire, index: -1 }
      const begin = () => {
        waiting.delete(begin)
        watch.remove(watched)
        send(next, request).then(resolve, reject)
      }
      waiting.add(begin)
      watch.add(watched)

      function expire(error: BanyanError): void {
        waiting.delete(begin)
        reject(withoutEffect(error))
      }
    })
  }

  const middleware: Middleware = (next) => (request) => {
    if (inFlight < maxInFlight) return send(next, request)
    if (waiting.size < maxWaiting) return wait(next, request)
    return Promise.reject(coreErrors.OVERLOADED({ what: `The way to '${to}'`, limit: maxInFlight + maxWaiting }))
  }
  return {
    middleware,
    get inFlight() {
      return inFlight
    },
  }
}
