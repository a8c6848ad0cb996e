import type { Logger } from '../observe/index.ts'

/** Requests that took long: each a line of its own, up to so many in a while. Whatever slows one down may slow all. */
export interface SlowLog {
  slow(fields: object, nowMs: number): void
}

const MAX_LINES = 10
const WINDOW_MS = 10_000

export function createSlowLog(logger: Logger): SlowLog {
  let windowEndMs = -Infinity
  let lines = 0
  let untold = 0

  return {
    slow(fields, nowMs) {
      if (nowMs >= windowEndMs) {
        windowEndMs = nowMs + WINDOW_MS
        lines = 0
      }
      if (lines >= MAX_LINES) {
        untold += 1
        return logger.debug(fields, 'slow request')
      }
      lines += 1
      logger.warn(untold > 0 ? { ...fields, untold } : fields, 'slow request')
      untold = 0
    },
  }
}
