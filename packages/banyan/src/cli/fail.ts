import { isDeclared } from '../core/index.ts'

/** Runs a command's work; a fault ends it with its message on standard error and exit code 1. */
export async function orFail(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    process.stderr.write(`banyan: ${describe(error)}\n`)
    process.exitCode = 1
  }
}

/** A declared error explains itself; of anything else the stack is all there is. */
function describe(error: unknown): string {
  if (isDeclared(error)) return `${error.message}${error.cause ? ` (${causeOf(error.cause)})` : ''}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function causeOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
