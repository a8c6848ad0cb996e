import {
  createAccessCheck,
  createInputValidator,
  invalidInput,
  type Call,
  type Operation,
  type Reply,
} from '../contract/index.ts'
import { coreErrors, type BanyanError, type Clock } from '../core/index.ts'
import { requireShort } from './beside-data.ts'
import { endOf, shrinkDeadline, type CallWatch } from './call-watch.ts'
import type { FailureMapper } from './caller-error.ts'
import type { CallHandler } from './middleware.ts'

export type Run = (input: unknown, call: Call) => Promise<Reply>

/** Of one service: its calls that run, and how many may. */
export interface Load {
  inFlight: number
  readonly max: number
}

interface CallRunnerParts {
  readonly service: string
  readonly operation: Operation
  readonly run: Run
  readonly fail: FailureMapper
  readonly load: Load
  readonly watch: CallWatch
  readonly clock: Clock
}

/**
 * The innermost handler of an operation: checks a call, lets it in while there is room, runs it, and ends it at its deadline or
 * when its caller gives up, whether the operation listens or not. Everything it rejects with may be seen by a caller.
 */
export function createCallRunner(parts: CallRunnerParts): CallHandler {
  const { service, operation, run, fail, load, watch, clock } = parts
  const checks = createChecks(service, operation)
  return ({ input, call }) =>
    new Promise((resolve, reject) => {
      const nowMs = clock.monotonicMs()
      const deadlineAtMs = shrinkDeadline(call, operation.deadlineMs, nowMs)
      const abort = new AbortController()
      const watched = { caller: call.signal, deadlineAtMs, expire, index: -1 }
      try {
        const ended = endOf(watched, nowMs)
        if (ended) throw ended
        checks(input, call)
        if (load.inFlight >= load.max) throw overloaded(service, load)
      } catch (error) {
        reject(fail(error, call.requestId))
        return
      }
      load.inFlight++
      watch.add(watched)
      begin(run, input, { ...call, deadlineAtMs, signal: abort.signal }).then(
        (reply) => {
          finish()
          try {
            requireShort(operation, reply)
            resolve(reply)
          } catch (error) {
            reject(fail(error, call.requestId))
          }
        },
        (error: unknown) => {
          finish()
          reject(fail(error, call.requestId))
        },
      )

      function finish(): void {
        watch.remove(watched)
        load.inFlight--
      }

      function expire(error: BanyanError): void {
        reject(fail(error, call.requestId))
        abort.abort(error)
      }
    })
}

/** An operation that throws before its first await must not leave the count behind. */
function begin(run: Run, input: unknown, call: Call): Promise<Reply> {
  try {
    return run(input, call)
  } catch (error) {
    return Promise.reject(error as Error)
  }
}

function overloaded(service: string, { max }: Load): BanyanError {
  return coreErrors.OVERLOADED({ what: `Service '${service}'`, limit: max })
}

/** @throws what a caller may see; `owner` functions are the contract's and may throw anything. */
type Checks = (input: unknown, call: Call) => void

function createChecks(service: string, operation: Operation): Checks {
  const access = createAccessCheck(service, operation)
  const validate = createInputValidator(operation)
  return (input, call) => {
    access.caller(call.principal)
    validate(input)
    access.owner(call.principal, input)
    if (call.key !== null && !KEY.test(call.key)) throw invalidInput([KEY_FAULT])
  }
}

const KEY = /^[\x20-\x7e]{1,255}$/
const KEY_FAULT = { pointer: '', message: 'The idempotency key must be 1 to 255 printable ASCII characters' }
