import { isDeclared, type Clock } from '../core/index.ts'
import { createRepeatLog, type Logger } from '../observe/index.ts'

/**
 * Says in a server's log whom it does not let in: no certificate or a wrong one, no token or a forged one, another protocol. Who is
 * refused comes again within seconds.
 */
export interface StrangerLog {
  refused(error: unknown, fields?: object): void
}

export function createStrangerLog(logger: Logger, clock: Clock): StrangerLog {
  const log = createRepeatLog({ logger, clock, message: 'a caller is not let in' })
  return { refused: (error, fields = {}) => log.warn(kindOf(error), { ...fields, error }) }
}

/** The fault may quote what the stranger has shown. */
function kindOf(error: unknown): string {
  if (isDeclared(error)) return `${error.code} ${error.message}`
  const { code, name } = error as NodeJS.ErrnoException
  return code ?? name
}
