import type { Logger } from '../observe/index.ts'

/** Says in the log that a database is away: once for all pools that find it so, and once more when it is back. */
export interface AvailabilityLog {
  away(error: unknown): void
  back(): void
}

export function createAvailabilityLog(database: string, logger: Logger | null): AvailabilityLog {
  let isAway = false

  return {
    away(error) {
      if (!isAway) logger?.warn({ database, error }, `database '${database}' cannot be reached`)
      isAway = true
    },
    back() {
      if (isAway) logger?.info({ database }, `database '${database}' is back`)
      isAway = false
    },
  }
}
