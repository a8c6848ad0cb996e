import { Command } from 'commander'
import { coreErrors, isError } from '../../core/index.ts'
import {
  joinSupervisor,
  releaseOf,
  settingsOf,
  startProcess,
  type AppDefinition,
  type RunningProcess,
  type Supervised,
} from '../../runtime/index.ts'
import { describeFault, orFail } from '../terminal/fail.ts'
import { listenForInterrupt, unlessInterrupted } from '../terminal/interrupt.ts'
import { keepCompiled } from './keep-compiled.ts'
import { describeSettings } from './settings-help.ts'
import { warnOfMisspelt } from './warn-of-misspelt.ts'
import { serveUntilInterrupted } from './serve-until-interrupted.ts'

export function serveCommand(app: AppDefinition): Command {
  return new Command('serve')
    .description('Runs one process of the topology, for a container: everything is told by the environment.')
    .argument('<process>', 'its name in the topology, e.g. orders')
    .addHelpText('after', describeSettings(settingsOf(app)))
    .action((name: string) => orFail(() => serve(app, name)))
}

async function serve(app: AppDefinition, name: string): Promise<void> {
  const interrupt = listenForInterrupt()
  const supervised = joinSupervisor(process)
  // Whoever started this is gone, whatever the cause: nothing of it may stay behind.
  supervised?.lost.addEventListener('abort', () => process.exit(1))
  // A supervisor has said it once for all.
  if (!supervised) warnOfMisspelt(app, process.env)
  const running = await start(app, { name, supervised, signal: interrupt.signal })
  announce(app, { name, running, supervised })
  await serveUntilInterrupted(running, interrupt)
}

interface Start {
  readonly name: string
  readonly supervised: Supervised | null
}

type StartOptions = Start & { readonly signal: AbortSignal }

async function start(app: AppDefinition, { name, supervised, signal }: StartOptions): Promise<RunningProcess> {
  const environment = { ...process.env, ...(supervised && (await unlessInterrupted(supervised.settings, signal))) }
  const supplied = supervised && {
    links: { address: environment.BANYAN_ADDRESS || null, discovery: supervised.discovery },
    socket: () => supervised.socket,
    isReplaced: supervised.isReplaced,
  }
  try {
    return await startProcess({ app, environment, mode: 'serve', process: name, signal, ...supplied })
  } catch (error) {
    // Told to end while it waited for others: what that broke off is no fault.
    if (signal.aborted) throw signal.reason
    const isUsage = isError(error, coreErrors.INVALID_OPTIONS)
    await supervised?.tell({ kind: 'failed', message: describeFault(error), isUsage })
    throw error
  }
}

function announce(
  app: AppDefinition,
  { name, running, supervised }: Start & { readonly running: RunningProcess },
): void {
  const { address, url, health, notes } = running
  keepCompiled()
  if (supervised) void supervised.tell({ kind: 'ready', address, url, health, notes, version: releaseOf(app) })
  else process.stdout.write(`${notes.map((note) => `${note}\n`).join('')}ready ${url ?? address} (${name})\n`)
}
