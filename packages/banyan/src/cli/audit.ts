import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { retrySaga, listSagas } from '../saga/index.ts'
import {
  auditApp,
  type AppDefinition,
  type AuditFinding,
  type JournalLine,
  type RunningProcess,
} from '../runtime/index.ts'
import { orFail, usageFault } from './fail.ts'
import { printTable } from './table.ts'
import { withTools } from './with-tools.ts'

export function auditCommand(app: AppDefinition): Command {
  return new Command('audit')
    .description('Checks the invariants of the live system; ends with 1 when one is broken.')
    .option('--journal <file>', 'what a client wrote down of its calls, one JSON object a line (I6, I7)')
    .option('--repair', 'resume sagas that need attention; never edits rows', false)
    .option('--json', 'print findings as JSON', false)
    .action((options: AuditCommandOptions) => orFail(() => audit(app, options)))
}

export interface AuditCommandOptions {
  readonly journal?: string
  readonly repair: boolean
  readonly json: boolean
}

/** Prints the findings; the exit code is 1 when an invariant is broken. */
export async function audit(app: AppDefinition, options: AuditCommandOptions): Promise<void> {
  const journal = options.journal === undefined ? null : await readJournal(options.journal)
  const findings = await withTools(app, async (running) => {
    if (options.repair) await repair(running)
    return auditApp({ app, running, journal })
  })
  if (options.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else print(findings)
  if (findings.some((finding) => finding.verdict === 'broken')) process.exitCode = 1
}

async function repair({ services }: RunningProcess): Promise<void> {
  const owners = [...services.values()].filter(({ sagas }) => sagas !== null)
  for (const database of owners.flatMap(({ shards }) => shards.all())) {
    for (const { id } of await listSagas(database, { status: 'needs-attention', limit: 1_000 })) {
      if (await retrySaga(database, id)) process.stderr.write(`resumed ${id}\n`)
    }
  }
}

function print(findings: readonly AuditFinding[]): void {
  printTable(
    ['', 'verdict', 'checked', 'rows'],
    findings.map(({ invariant, verdict, checked, rows }) => [invariant, verdict, String(checked), rows[0] ?? '']),
  )
  for (const { invariant, verdict, rows } of findings) {
    if (verdict === 'broken') for (const row of rows.slice(1)) process.stdout.write(`${invariant}: ${row}\n`)
  }
}

async function readJournal(path: string): Promise<JournalLine[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw usageFault('--journal', `${path} cannot be read (${cause.code}).`)
  })
  const lines = text.split('\n')
  return lines.flatMap((line, index) => (line === '' ? [] : [parseLine(line, `${path}:${index + 1}`)]))
}

function parseLine(line: string, place: string): JournalLine {
  const parsed = parseJson(line) as Partial<JournalLine> | null
  if (typeof parsed?.key === 'string' && typeof parsed.method === 'string' && typeof parsed.path === 'string') {
    return { status: null, orderId: null, ...parsed } as JournalLine
  }
  throw badLine(place)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function badLine(place: string): Error {
  const example = '{"key":…,"method":…,"path":…,"status":…,"orderId":…}'
  return usageFault('--journal', `${place} is no journal line. Each line is ${example}.`)
}
