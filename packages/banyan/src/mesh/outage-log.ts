import type { Clock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'

/** Says in the log that a service cannot be reached: once, not at each call, and once more when it is back. */
export interface OutageLog {
  noteOutage(why: unknown): void
  noteAnswer(): void
  /** Whether it has ever answered. */
  readonly hasAnswered: boolean
}

/** One that comes and goes within this time stays away as far as the log is concerned. */
const STEADY_MS = 1_000

export function createOutageLog(service: string, logger: Logger, clock: Clock): OutageLog {
  let outageSinceMs: number | null = null
  let answersSinceMs: number | null = null
  let hasAnswered = false

  return {
    noteOutage(error) {
      answersSinceMs = null
      if (outageSinceMs !== null) return
      outageSinceMs = clock.monotonicMs()
      logger.warn({ dependency: service, error }, `service '${service}' cannot be reached`)
    },
    noteAnswer() {
      hasAnswered = true
      if (outageSinceMs === null) return
      const nowMs = clock.monotonicMs()
      answersSinceMs ??= nowMs
      if (nowMs - answersSinceMs < STEADY_MS) return
      logger.info(
        { dependency: service, awayMs: Math.round(answersSinceMs - outageSinceMs) },
        `service '${service}' is back`,
      )
      outageSinceMs = null
      answersSinceMs = null
    },
    get hasAnswered() {
      return hasAnswered
    },
  }
}
