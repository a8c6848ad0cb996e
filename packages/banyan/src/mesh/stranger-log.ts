import { isDeclared, type Clock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'

/**
 * Says in a server's log whom it does not let in: no certificate or a wrong one, no token or a forged one, another protocol. Who is
 * refused comes again within seconds, for as long as nobody mends it: a line for each kind, and the next ten minutes later.
 */
export interface StrangerLog {
  refused(error: unknown, fields?: object): void
}

const SAY_AGAIN_MS = 600_000
/** The fault may quote what the stranger has shown. */
const MAX_KINDS = 50

interface Kind {
  readonly saidMs: number
  untold: number
}

export function createStrangerLog(logger: Logger, clock: Clock): StrangerLog {
  const kinds = new Map<string, Kind>()

  return {
    refused(error, fields = {}) {
      const nowMs = clock.monotonicMs()
      const kind = kinds.size < MAX_KINDS ? kindOf(error) : 'any'
      const known = kinds.get(kind)
      if (known && nowMs - known.saidMs < SAY_AGAIN_MS) {
        known.untold += 1
        return logger.debug({ ...fields, error }, 'a caller is not let in')
      }
      kinds.set(kind, { saidMs: nowMs, untold: 0 })
      logger.warn({ ...fields, error, ...(known ? { untold: known.untold } : {}) }, 'a caller is not let in')
    },
  }
}

function kindOf(error: unknown): string {
  if (isDeclared(error)) return `${error.code} ${error.message}`
  const { code, name } = error as NodeJS.ErrnoException
  return code ?? name
}
