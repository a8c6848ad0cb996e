import type { Clock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'

/** Says in the log that a database is away: once for all pools that find it so, and once more when it is back, after how long. */
export interface AvailabilityLog {
  away(error: unknown): void
  back(): void
  /** A statement or a transaction got no connection. */
  refused(): void
}

export function createAvailabilityLog(database: string, logger: Logger | null, clock: Clock): AvailabilityLog {
  let awaySinceMs: number | null = null
  let refused = 0

  return {
    away(error) {
      if (awaySinceMs !== null) return
      logger?.warn({ database, error }, `database '${database}' cannot be reached`)
      awaySinceMs = clock.monotonicMs()
      refused = 0
    },
    back() {
      if (awaySinceMs === null) return
      const awayMs = Math.round(clock.monotonicMs() - awaySinceMs)
      logger?.info({ database, awayMs, refused }, `database '${database}' is back`)
      awaySinceMs = null
    },
    refused: () => void refused++,
  }
}
