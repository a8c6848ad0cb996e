import type { Clock } from '../core/index.ts'
import type { Logger } from './logger.ts'

/**
 * Warns of what others do wrong, and do again for as long as nobody mends it: a line for each kind, and the next ten minutes later,
 * with how many there were meanwhile (`untold`).
 */
export interface RepeatLog {
  /** @param kind Others may choose it: beyond 50 of them all further ones are one. */
  warn(kind: string, fields: object): void
}

export interface RepeatLogOptions {
  readonly logger: Logger
  readonly clock: Clock
  readonly message: string
}

const SAY_AGAIN_MS = 600_000
const MAX_KINDS = 50

interface Kind {
  readonly saidMs: number
  untold: number
}

export function createRepeatLog({ logger, clock, message }: RepeatLogOptions): RepeatLog {
  const kinds = new Map<string, Kind>()

  return {
    warn(name, fields) {
      const nowMs = clock.monotonicMs()
      const kind = kinds.has(name) || kinds.size < MAX_KINDS ? name : 'any'
      const known = kinds.get(kind)
      if (known && nowMs - known.saidMs < SAY_AGAIN_MS) {
        known.untold += 1
        return logger.debug(fields, message)
      }
      kinds.set(kind, { saidMs: nowMs, untold: 0 })
      logger.warn(known ? { ...fields, untold: known.untold } : fields, message)
    },
  }
}
