import { startProcess, type AppDefinition, type RunningProcess } from '../runtime/index.ts'
import { createLogger, parseLogLevel } from '../observe/index.ts'

/**
 * Lends the services of an app, running or not, to a command that looks or mends: over their databases, without a
 * gateway, and nothing acts by itself.
 */
export async function withTools<T>(app: AppDefinition, work: (running: RunningProcess) => Promise<T>): Promise<T> {
  const environment = process.env
  // A command's output is its answer: log lines only where somebody asked for them.
  const logger = createLogger({ level: environment.LOG_LEVEL ? parseLogLevel(environment.LOG_LEVEL) : 'warn' })
  await using running = await startProcess({ app, environment, mode: 'tools', logger })
  return await work(running)
}
