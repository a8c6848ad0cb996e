import { CommanderError } from 'commander'
import { coreErrors, isDeclared, isError } from '../../core/index.ts'
import { Interrupted } from './interrupt.ts'

/** What a command ends with; scripts rely on them. */
const EXIT_FAULT = 1
const EXIT_USAGE = 2

/**
 * Runs a command's work; a fault ends it with its message on standard error. Exit codes: 1 for a fault, 2 when what was
 * asked for makes no sense (a command, an option, a name or a setting: nothing was done), 128 + signal when interrupted.
 */
export async function orFail(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has written its message or the help already.
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE
    } else if (error instanceof Interrupted) {
      process.exitCode = error.exitCode
    } else {
      process.stderr.write(`banyan: ${describeFault(error)}\n`)
      process.exitCode = isError(error, coreErrors.INVALID_OPTIONS) ? EXIT_USAGE : EXIT_FAULT
    }
  }
}

/** For what was asked for and makes no sense: `subject` names it, `faults` says fact, value, allowed values, cure. */
export function usageFault(subject: string, faults: string): Error {
  return coreErrors.INVALID_OPTIONS({ subject, faults })
}

/** What was asked for makes sense and could not be done. The message is all that people need: no stack is shown. */
export class CommandFault extends Error {}

/** A declared error explains itself, and so does one of the system; of anything else the stack is all there is. */
export function describeFault(error: unknown): string {
  // Its own message is for a client of the API.
  if (isError(error, coreErrors.INTERNAL) && (error as Error).cause) return describeFault((error as Error).cause)
  if (error instanceof AggregateError) return `${error.message}: ${error.errors.map(describeFault).join('; ')}`
  if (isDeclared(error)) return error.message + causeOf(error)
  if (error instanceof CommandFault || (error instanceof Error && 'syscall' in error)) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Unless the message says it already. */
function causeOf({ message, cause }: Error): string {
  if (!cause) return ''
  const text = cause instanceof Error ? cause.message : String(cause)
  return message.includes(text) ? '' : ` (${text})`
}
