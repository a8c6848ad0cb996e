import { Command } from 'commander'
import { askRollout, dataFolderOf, type AppDefinition } from '../runtime/index.ts'
import { orFail } from './terminal/fail.ts'

export function rolloutCommand(app: AppDefinition): Command {
  return new Command('rollout')
    .description('Restarts processes one after the other from the code as it is now, without a failing request.')
    .argument('[process...]', 'which, or the services that they run (default: all, the gateway last)')
    .action((processes: readonly string[]) => orFail(() => rollOut(app, processes)))
}

async function rollOut(app: AppDefinition, processes: readonly string[]): Promise<void> {
  for await (const text of askRollout(dataFolderOf(app, process.env), processes)) process.stdout.write(`${text}\n`)
}
