import { Command } from 'commander'
import { coreErrors, isError, systemClock, type BanyanError } from '../../core/index.ts'
import {
  chooseTopology,
  isSingleProcess,
  settingsOf,
  startProcess,
  startSupervisor,
  type AppDefinition,
  type RunningProcess,
  type Supervisor,
} from '../../runtime/index.ts'
import { orFail, usageFault } from '../terminal/fail.ts'
import { hasColours } from '../terminal/has-colours.ts'
import { listenForInterrupt } from '../terminal/interrupt.ts'
import { keepCompiled } from './keep-compiled.ts'
import { describeSettings } from './settings-help.ts'
import { warnOfMisspelt } from './warn-of-misspelt.ts'
import { serveUntilInterrupted } from './serve-until-interrupted.ts'

export function startCommand(app: AppDefinition): Command {
  return new Command('start')
    .description('Starts the app on this machine; SIGTERM or Ctrl-C drains it and ends with 0.')
    .option('--port <number>', 'same as PORT')
    .option('--data <folder>', 'same as BANYAN_DATA')
    .option('--topology <name>', 'same as BANYAN_TOPOLOGY')
    .option('--instances <process=count>', 'so many of a process, e.g. orders=3; may be repeated', toInstances)
    .addHelpText('after', describeSettings(settingsOf(app)))
    .action((options: StartOptions) => orFail(() => start(app, options)))
}

interface StartOptions {
  readonly port?: string
  readonly data?: string
  readonly topology?: string
  readonly instances?: Readonly<Record<string, number>>
}

function toInstances(text: string, others: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  const { name, count } = /^(?<name>[a-z][a-z0-9-]*)=(?<count>\d{1,4})$/.exec(text)?.groups ?? {}
  if (name !== undefined) return { ...others, [name]: Number(count) }
  throw usageFault('--instances', `it must look like orders=3, got ${JSON.stringify(text)}.`)
}

async function start(app: AppDefinition, options: StartOptions): Promise<void> {
  const beganAtMs = systemClock.monotonicMs()
  // From the beginning: a signal during the start must not leave a database server behind.
  const interrupt = listenForInterrupt()
  const environment = environmentOf(options)
  warnOfMisspelt(app, environment)
  const plan = { environment, instances: options.instances ?? {}, signal: interrupt.signal }
  const running = await run(app, plan).catch((error: unknown) => {
    throw inOptions(error, options)
  })
  if (!interrupt.signal.aborted) {
    keepCompiled()
    greet(app, running, environment.NODE_ENV === 'production')
    const tookMs = Math.round(systemClock.monotonicMs() - beganAtMs)
    process.stdout.write(`ready ${running.url} (${running.topology}, ${tookMs} ms)\n`)
  }
  await serveUntilInterrupted(running, interrupt)
}

interface Run {
  readonly environment: NodeJS.ProcessEnv
  readonly instances: Readonly<Record<string, number>>
  readonly signal: AbortSignal
}

/** Everything in this process where the topology has only one; else this one supervises the others. */
async function run(app: AppDefinition, { environment, instances, signal }: Run): Promise<RunningProcess | Supervisor> {
  const topology = await chooseTopology({ app, environment, instances })
  if (isSingleProcess(topology)) return startProcess({ app, environment, mode: 'serve' })
  return startSupervisor({
    app,
    environment,
    topology,
    signal,
    program: [process.execPath, ...process.execArgv, process.argv[1]!],
    write: (text) => void process.stderr.write(text),
    hasColours: hasColours(process.stderr, environment),
  })
}

const SETTINGS = { port: 'PORT', data: 'BANYAN_DATA', topology: 'BANYAN_TOPOLOGY' } as const

function environmentOf(options: StartOptions): NodeJS.ProcessEnv {
  const given = givenOf(options).map((option) => [SETTINGS[option], options[option]])
  return { ...process.env, ...Object.fromEntries(given) }
}

/** A fault of a setting names what was typed: the option, where one gave the value. */
function inOptions(error: unknown, options: StartOptions): unknown {
  if (!isError(error, coreErrors.INVALID_OPTIONS)) return error
  const { details, cause } = error as BanyanError
  const { subject, faults } = details as { readonly subject: string; readonly faults: string }
  const told = givenOf(options).reduce(
    (text, option) => text.replaceAll(new RegExp(`\\b${SETTINGS[option]}\\b`, 'g'), `--${option}`),
    faults,
  )
  return coreErrors.INVALID_OPTIONS({ subject, faults: told }, { cause })
}

function givenOf(options: StartOptions): (keyof typeof SETTINGS)[] {
  return (['port', 'data', 'topology'] as const).filter((option) => options[option] !== undefined)
}

/** What to try needs the demo data, which production does not have. */
function greet(app: AppDefinition, { url, notes }: Pick<RunningProcess, 'url' | 'notes'>, production: boolean): void {
  const commands = production ? [] : (app.tryThis?.(url!) ?? [])
  const lines = [
    `${app.name} on Banyan: ${url}/docs`,
    ...notes,
    ...(commands.length > 0 ? ['Try, in another terminal:'] : []),
    ...commands.map((command) => `  ${command}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
