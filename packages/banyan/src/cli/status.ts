import { Command } from 'commander'
import { askStatus, dataFolderOf, type AppDefinition, type InstanceStatus } from '../runtime/index.ts'
import { orFail } from './terminal/fail.ts'
import { printJson } from './terminal/output.ts'
import { printTable } from './terminal/table.ts'

export function statusCommand(app: AppDefinition): Command {
  return new Command('status')
    .description(
      'Lists the processes that run under the supervisor of the data folder; ends with 1 when one is not ready.',
    )
    .option('--json', 'print an object', false)
    .action((options: { readonly json: boolean }) => orFail(() => status(app, options)))
}

async function status(app: AppDefinition, { json }: { readonly json: boolean }): Promise<void> {
  const fleet = await askStatus(dataFolderOf(app, process.env))
  if (json) printJson(fleet)
  else {
    process.stdout.write(`${app.name}, topology ${fleet.topology}, supervisor ${fleet.processId}\n`)
    printTable(
      ['instance', 'state', 'pid', 'restarts', 'version', 'since', 'health', 'address'],
      fleet.instances.map(toRow),
    )
  }
  if (fleet.instances.some(({ state }) => state !== 'ready')) process.exitCode = 1
}

function toRow({ id, state, processId, restarts, version, since, health, address }: InstanceStatus): string[] {
  return [id, state, String(processId ?? '–'), String(restarts), version ?? '–', since, health ?? '–', address ?? '–']
}
