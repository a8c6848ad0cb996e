import { Command, Option } from 'commander'
import type { Database } from '../data/index.ts'
import { findSaga, listSagas, retrySaga, type SagaFilter, type SagaView, type TimelineEntry } from '../saga/index.ts'
import type { AppDefinition, RunningProcess } from '../runtime/index.ts'
import { CommandFault, orFail, usageFault } from './terminal/fail.ts'
import { printJson } from './terminal/output.ts'
import { positiveInteger } from './terminal/parse.ts'
import { printTable } from './terminal/table.ts'
import { withTools } from './with-tools.ts'

const STATUSES = ['open', 'running', 'compensating', 'completed', 'compensated', 'needs-attention', 'all']

export function sagasCommand(app: AppDefinition): Command {
  const command = new Command('sagas').description('Looks at sagas and resumes those that need attention.')
  command
    .command('ls')
    .description('Lists sagas, newest first.')
    .addOption(new Option('--status <status>', 'which').choices(STATUSES).default('open'))
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .option('--json', 'print an array', false)
    .action((options: ListOptions) => orFail(() => list(app, options)))
  command
    .command('show <id>')
    .description('Shows one saga with its timeline.')
    .option('--json', 'print an object', false)
    .action((id: string, { json }: { json: boolean }) => orFail(() => show(app, id, json)))
  command
    .command('retry <id>')
    .description('Resumes a saga that needs attention.')
    .action((id: string) => orFail(() => retry(app, id)))
  return command
}

interface ListOptions {
  readonly status: string
  readonly limit: number
  readonly json: boolean
}

async function list(app: AppDefinition, { status, limit, json }: ListOptions): Promise<void> {
  const filter = { status: status === 'all' ? null : (status as SagaFilter['status']), limit }
  const sagas = await withTools(app, async (running) =>
    (await Promise.all(databasesOf(running).map((database) => listSagas(database, filter)))).flat(),
  )
  if (json) return printJson(sagas)
  printTable(
    ['id', 'saga', 'status', 'reason', 'owner', 'began'],
    sagas.map((saga) => [
      saga.id,
      `${saga.name}/${saga.version}`,
      saga.status,
      saga.attention ?? saga.reason ?? '',
      `${saga.owner} (fence ${saga.fence})`,
      saga.createdAt,
    ]),
  )
}

async function show(app: AppDefinition, id: string, json: boolean): Promise<void> {
  const found = await withTools(app, (running) => requireSaga(running, id))
  if (json) return printJson(found)
  const { timeline, ...saga } = found
  for (const [name, value] of Object.entries(saga)) process.stdout.write(`${name.padEnd(10)} ${value ?? '–'}\n`)
  printTable(
    ['at', 'step', 'what', 'attempt', 'ms', 'fence', 'process'],
    timeline.map((entry) => [
      entry.at,
      entry.step,
      describe(entry),
      String(entry.attempt),
      String(entry.ms ?? ''),
      String(entry.fence),
      entry.process,
    ]),
  )
}

function describe({ kind, code, from }: TimelineEntry): string {
  if (from) return `${kind} from ${from}`
  return code ? `${kind}: ${code}` : kind
}

async function retry(app: AppDefinition, id: string): Promise<void> {
  const resumed = await withTools(app, async (running) => {
    await requireSaga(running, id)
    return (await Promise.all(databasesOf(running).map((database) => retrySaga(database, id)))).includes(true)
  })
  if (!resumed) {
    throw new CommandFault(
      `${id} needs no attention: it has ended or is being acted for. Look at it with: banyan sagas show ${id}`,
    )
  }
  process.stdout.write(`${id} is resumed; a running process takes it over within a second.\n`)
}

async function requireSaga(running: RunningProcess, id: string): Promise<SagaView> {
  const found = await Promise.all(databasesOf(running).map((database) => findSaga(database, id)))
  const saga = found.find((one) => one !== null)
  if (saga) return saga
  throw usageFault('id', `there is no saga ${JSON.stringify(id)}. List them with: banyan sagas ls --status all`)
}

/** Of the services that own sagas. */
function databasesOf({ services }: RunningProcess): Database[] {
  return [...services.values()].filter(({ sagas }) => sagas !== null).flatMap(({ shards }) => shards.all())
}
