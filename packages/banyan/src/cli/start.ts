import { Command } from 'commander'
import { systemClock } from '../core/index.ts'
import { platformSettings, startProcess, type AppDefinition, type RunningProcess } from '../runtime/index.ts'
import { orFail } from './fail.ts'
import { describeSettings } from './settings-help.ts'

export function startCommand(app: AppDefinition): Command {
  return new Command('start')
    .description('Starts the app on this machine.')
    .option('--port <number>', 'same as PORT')
    .option('--data <folder>', 'same as BANYAN_DATA')
    .option('--topology <name>', 'same as BANYAN_TOPOLOGY')
    .addHelpText('after', describeSettings({ ...platformSettings, ...app.settings }))
    .action((options: StartOptions) => orFail(() => start(app, options)))
}

interface StartOptions {
  readonly port?: string
  readonly data?: string
  readonly topology?: string
}

async function start(app: AppDefinition, options: StartOptions): Promise<void> {
  const beganAtMs = systemClock.monotonicMs()
  const running = await startProcess({ app, environment: environmentOf(options), mode: 'serve' })
  stopOnSignals(running)
  greet(app, running)
  const tookMs = Math.round(systemClock.monotonicMs() - beganAtMs)
  process.stdout.write(`ready ${running.url} (${running.topology}, ${tookMs} ms)\n`)
}

function environmentOf({ port, data, topology }: StartOptions) {
  return {
    ...process.env,
    ...(port === undefined ? {} : { PORT: port }),
    ...(data === undefined ? {} : { BANYAN_DATA: data }),
    ...(topology === undefined ? {} : { BANYAN_TOPOLOGY: topology }),
  }
}

/** The first signal drains and ends with 0; a second one ends at once, because whoever sends it does not want to wait. */
function stopOnSignals(running: RunningProcess): void {
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(130)
    stopping = true
    void orFail(() => running.stop()).then(() => process.exit())
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
}

function greet(app: AppDefinition, { url, notes }: RunningProcess): void {
  const lines = [
    `${app.name} on Banyan: ${url}/docs`,
    ...notes,
    ...(app.tryThis?.(url!) ?? []).map((command) => `  ${command}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
