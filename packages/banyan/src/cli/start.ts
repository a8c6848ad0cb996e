import { Command } from 'commander'
import { systemClock } from '../core/index.ts'
import { settingsOf, startProcess, type AppDefinition, type RunningProcess } from '../runtime/index.ts'
import { orFail } from './fail.ts'
import { listenForInterrupt, type Interrupt } from './interrupt.ts'
import { describeSettings } from './settings-help.ts'

export function startCommand(app: AppDefinition): Command {
  return new Command('start')
    .description('Starts the app on this machine; SIGTERM or Ctrl-C drains it and ends with 0.')
    .option('--port <number>', 'same as PORT')
    .option('--data <folder>', 'same as BANYAN_DATA')
    .option('--topology <name>', 'same as BANYAN_TOPOLOGY')
    .addHelpText('after', describeSettings(settingsOf(app)))
    .action((options: StartOptions) => orFail(() => start(app, options)))
}

interface StartOptions {
  readonly port?: string
  readonly data?: string
  readonly topology?: string
}

async function start(app: AppDefinition, options: StartOptions): Promise<void> {
  const beganAtMs = systemClock.monotonicMs()
  // From the beginning: a signal during the start must not leave a database server behind.
  const interrupt = listenForInterrupt()
  const environment = environmentOf(options)
  const running = await startProcess({ app, environment, mode: 'serve' })
  if (!interrupt.signal.aborted) {
    greet(app, running, environment.NODE_ENV === 'production')
    const tookMs = Math.round(systemClock.monotonicMs() - beganAtMs)
    process.stdout.write(`ready ${running.url} (${running.topology}, ${tookMs} ms)\n`)
  }
  stopWhenInterrupted(running, interrupt)
}

function environmentOf({ port, data, topology }: StartOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(port === undefined ? {} : { PORT: port }),
    ...(data === undefined ? {} : { BANYAN_DATA: data }),
    ...(topology === undefined ? {} : { BANYAN_TOPOLOGY: topology }),
  }
}

/** Drains and ends with 0: being stopped is what a server expects. */
function stopWhenInterrupted(running: RunningProcess, { signal }: Interrupt): void {
  const stop = () => void orFail(() => running.stop()).then(() => process.exit())
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
}

/** What to try needs the demo data, which production does not have. */
function greet(app: AppDefinition, { url, notes }: RunningProcess, production: boolean): void {
  const commands = production ? [] : (app.tryThis?.(url!) ?? [])
  const lines = [
    `${app.name} on Banyan: ${url}/docs`,
    ...notes,
    ...(commands.length > 0 ? ['Try, in another terminal:'] : []),
    ...commands.map((command) => `  ${command}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
