import type { Call } from '../contract/index.ts'
import { coreErrors, type Clock } from '../core/index.ts'
import { createCallWatch, endOf } from './call-watch.ts'
import { meshErrors } from './mesh-errors.ts'

/** One exchange with another process. */
export interface Exchange<Answer> {
  readonly answer: Promise<Answer>
  /** Takes the request back as the wire can. */
  abort(error: Error): void
}

export interface CallsUnderWayOptions {
  readonly address: string
  readonly clock: Clock
  /** Calls at once to this process. */
  readonly maxCalls: number
  readonly what: string
}

/** The calls that a wire has sent and that are not answered yet. */
export interface CallsUnderWay {
  /**
   * Runs an exchange until its answer, the call's deadline, the caller's cancellation or `stop`, whichever comes first.
   * @throws `api.OVERLOADED` above `maxCalls`, `mesh.UNREACHABLE` after `stop`: before anything was sent.
   */
  run<Answer>(call: Call, begin: () => Exchange<Answer>): Promise<Answer>
  /** What runs fails with `mesh.CONNECTION_LOST`. */
  stop(): void
}

/** The service is asked to answer at the deadline; its answer knows more than ours, so it gets this long to arrive. */
const ANSWER_GRACE_MS = 20

export function createCallsUnderWay({ address, clock, maxCalls, what }: CallsUnderWayOptions): CallsUnderWay {
  const watch = createCallWatch(clock)
  const running = new Set<(error: Error) => void>()
  let isStopped = false

  function refusal(call: Call): Error | null {
    const ended = endOf({ caller: call.signal, deadlineAtMs: call.deadlineAtMs }, clock.monotonicMs())
    if (ended) return ended
    if (isStopped) return meshErrors.UNREACHABLE({ address, fault: 'this wire is stopped' })
    return running.size < maxCalls ? null : coreErrors.OVERLOADED({ what, limit: maxCalls })
  }

  return {
    run(call, begin) {
      const refused = refusal(call)
      if (refused) return Promise.reject(refused)
      return new Promise((resolve, reject) => {
        const under = begin()
        const deadlineAtMs = call.deadlineAtMs + ANSWER_GRACE_MS
        const watched = { caller: call.signal, deadlineAtMs, expire, index: -1 }
        running.add(expire)
        watch.add(watched)
        under.answer.then(
          (answer) => {
            settle()
            resolve(answer)
          },
          (error: unknown) => {
            settle()
            reject(error as Error)
          },
        )

        function expire(error: Error): void {
          settle()
          under.abort(error)
          reject(error)
        }

        function settle(): void {
          running.delete(expire)
          watch.remove(watched)
        }
      })
    },
    stop() {
      isStopped = true
      for (const expire of running) expire(meshErrors.CONNECTION_LOST({ address }))
    },
  }
}
