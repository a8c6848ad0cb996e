import { Command } from 'commander'
import { readLanes } from '../../events/index.ts'
import { logName } from '../../log/index.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { orFail } from '../terminal/fail.ts'
import { printJson } from '../terminal/output.ts'
import { projectionsOf, type PlacedProjection } from './projections-find.ts'
import { rebuild, type RebuildCommandOptions } from './projections-rebuild.ts'
import { printTable } from '../terminal/table.ts'
import { withTools } from '../with-tools.ts'

export function projectionsCommand(app: AppDefinition): Command {
  const command = new Command('projections').description('Lists read models and rebuilds them from the event logs.')
  command
    .command('ls')
    .description('Lists projections and how far each has read its logs.')
    .option('--json', 'print an array', false)
    .action((options: { json: boolean }) => orFail(() => list(app, options)))
  command
    .command('rebuild <name>')
    .description('Builds a projection anew beside the live one, compares the two and swaps them; the app may run on.')
    .option('--compare', 'only compare, and end with 1 when they differ', false)
    .option('--resume', 'go on with a rebuild that was broken off, built by the same code', false)
    .option('--json', 'print the result as JSON', false)
    .action((name: string, options: RebuildCommandOptions) => orFail(() => rebuild(app, name, options)))
  return command
}

async function list(app: AppDefinition, { json }: { readonly json: boolean }): Promise<void> {
  const rows = await withTools(app, async (running) =>
    (await Promise.all(projectionsOf(running, undefined).map(describe))).flat(),
  )
  if (json) return printJson(rows)
  printTable(
    ['projection', 'table', 'log', 'position', 'end'],
    rows.map(({ projection, table, log, position, end }) => [projection, table, log, String(position), String(end)]),
  )
}

/** One row a log. The position lags a few seconds behind where only events of no interest to it came. */
async function describe({ projection, service, database, sources }: PlacedProjection) {
  const lanes = await readLanes(
    database,
    projection.name,
    sources.map((source) => logName(source.log)),
  )
  return Promise.all(
    sources.map(async (source) => {
      const log = logName(source.log)
      const positions = lanes.filter((lane) => lane.log === log).map((lane) => lane.position)
      return {
        projection: projection.name,
        table: `${service}.${projection.table}`,
        log,
        position: positions.length > 0 ? Math.min(...positions) : 0,
        end: await source.watermark(),
      }
    }),
  )
}
