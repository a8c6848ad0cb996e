import { coreErrors, isError } from '../core/index.ts'
import { createFailureLog, type FailureLog, type Logger } from '../observe/index.ts'
import { type LogId, logName } from './event.ts'

/** A wire notices after 8 s that its other side is silent. */
const EARLY = { isSign: (error: unknown) => isError(error, coreErrors.DEADLINE_EXCEEDED), inARow: 10 }

/** Whoever follows a log goes on for ever; that it cannot be read is said once. */
export function createTroubleLog(logger: Logger, log: LogId): FailureLog {
  const texts = { fails: 'log cannot be read, trying again', works: 'log can be read again' }
  return createFailureLog({ logger, fields: { log: logName(log) }, early: EARLY, ...texts })
}
