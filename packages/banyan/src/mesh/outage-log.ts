import type { Clock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'

/** Says in the log that a service cannot be reached: once, not at each call, and once more when it is back. */
export interface OutageLog {
  noteOutage(why: unknown): void
  noteAnswer(): void
  /** Whether it has ever answered. */
  readonly hasAnswered: boolean
  /** Nothing is said any more. */
  stop(): void
}

/** One that comes and goes within this time stays away as far as the log is concerned. */
const STEADY_MS = 1_000
/**
 * An outage shorter than this is not told: a process that was killed is back in less, and in a rollout or at the end of a
 * fleet the last one may be off the list for a moment. Calls that failed meanwhile are in the metrics.
 */
const GRACE_MS = 1_000
/** Before its first answer: processes start in any order, and the last may take this long. */
const FIRST_GRACE_MS = 10_000

/**
 * - `answers` → an outage → `doubted` → it lasts → `away`, told; or it answers → `answers`, never told
 * - `away` → it answers → `returning` → it keeps answering → `answers`, told; or an outage → `away`
 */
type State =
  | { readonly kind: 'answers' }
  | { readonly kind: 'doubted'; readonly sinceMs: number; readonly cancel: () => void }
  | { readonly kind: 'away'; readonly sinceMs: number }
  | { readonly kind: 'returning'; readonly sinceMs: number; readonly answersSinceMs: number }

const ANSWERS: State = { kind: 'answers' }

export function createOutageLog(service: string, logger: Logger, clock: Clock): OutageLog {
  let state: State = ANSWERS
  let hasAnswered = false
  let lastError: unknown = null
  let failures = 0

  function doubt(): void {
    const sinceMs = clock.monotonicMs()
    failures = 1
    const cancel = clock.schedule(hasAnswered ? GRACE_MS : FIRST_GRACE_MS, () => {
      logger.warn({ dependency: service, error: lastError }, `service '${service}' cannot be reached`)
      state = { kind: 'away', sinceMs }
    })
    state = { kind: 'doubted', sinceMs, cancel }
  }

  function returning(sinceMs: number, answersSinceMs: number): void {
    state = { kind: 'returning', sinceMs, answersSinceMs }
    if (clock.monotonicMs() - answersSinceMs < STEADY_MS) return
    const awayMs = Math.round(answersSinceMs - sinceMs)
    logger.info({ dependency: service, awayMs, failures }, `service '${service}' is back`)
    state = ANSWERS
  }

  return {
    noteOutage(error) {
      lastError = error
      failures += 1
      if (state.kind === 'answers') doubt()
      else if (state.kind === 'returning') state = { kind: 'away', sinceMs: state.sinceMs }
    },
    noteAnswer() {
      hasAnswered = true
      if (state.kind === 'answers') return
      if (state.kind === 'away') return returning(state.sinceMs, clock.monotonicMs())
      if (state.kind === 'returning') return returning(state.sinceMs, state.answersSinceMs)
      state.cancel()
      state = ANSWERS
    },
    get hasAnswered() {
      return hasAnswered
    },
    stop() {
      if (state.kind === 'doubted') state.cancel()
      state = ANSWERS
    },
  }
}
