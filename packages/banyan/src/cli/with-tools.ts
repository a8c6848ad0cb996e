import type { DatabaseLimits } from '../data/index.ts'
import { startProcess, type AppDefinition, type RunningProcess } from '../runtime/index.ts'
import { createLogger, parseLogLevel, type Logger } from '../observe/index.ts'
import { listenForInterrupt } from './terminal/interrupt.ts'
import { requireData } from './require-data.ts'

/**
 * Lends the services of an app, running or not, to a command that looks or mends: over their databases, without a
 * gateway, and nothing acts by itself. Ctrl-C breaks the work off. Default of the limits: those of a process that serves.
 */
export function withTools<T>(
  app: AppDefinition,
  work: (running: RunningProcess) => Promise<T>,
  databaseLimits?: DatabaseLimits,
): Promise<T> {
  return lendTools({ app, databaseLimits }, (running, signal) => Promise.race([work(running), rejection(signal)]))
}

/** The same for work that goes on until it is interrupted: it must end when `signal` aborts, and has then done its job. */
export function withToolsUntilInterrupted(
  app: AppDefinition,
  work: (running: RunningProcess, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  return lendTools({ app }, work)
}

/** A command's output is its answer: log lines only where somebody asked for them. */
export function commandLogger(environment: NodeJS.ProcessEnv): Logger {
  return createLogger({ level: environment.LOG_LEVEL ? parseLogLevel(environment.LOG_LEVEL) : 'warn' })
}

async function lendTools<T>(
  lent: { readonly app: AppDefinition; readonly databaseLimits?: DatabaseLimits | undefined },
  work: (running: RunningProcess, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using interrupt = listenForInterrupt()
  const environment = process.env
  await requireData(lent.app, environment)
  await using running = await startProcess({ ...lent, environment, mode: 'tools', logger: commandLogger(environment) })
  return await work(running, interrupt.signal)
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
