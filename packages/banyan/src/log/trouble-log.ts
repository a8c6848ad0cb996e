import { createFailureLog, type FailureLog, type Logger } from '../observe/index.ts'
import { type LogId, logName } from './event.ts'

/** Whoever follows a log goes on for ever; that it cannot be read is said once. */
export function createTroubleLog(logger: Logger, log: LogId): FailureLog {
  const texts = { fails: 'log cannot be read, trying again', works: 'log can be read again' }
  return createFailureLog({ logger, fields: { log: logName(log) }, ...texts })
}
