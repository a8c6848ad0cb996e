import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { basename, join } from 'node:path'
import { Command } from 'commander'
import {
  createReport,
  drawReport,
  FAULTS,
  isFaultKind,
  openJournal,
  planFaults,
  runChaos,
  type ChaosReport,
  type FaultCounts,
  type Machine,
  type System,
} from '../../chaos/index.ts'
import { systemClock } from '../../core/index.ts'
import { type AppDefinition, type AuditFinding, type OpenWorkload, type Workload } from '../../runtime/index.ts'
import { openChaosScene, type ChaosScene } from './chaos-scene.ts'
import { tellChaos } from './chaos-output.ts'
import { orFail, usageFault } from '../terminal/fail.ts'
import { loadWorkload } from './chaos-workload.ts'
import { listenForInterrupt, unlessInterrupted } from '../terminal/interrupt.ts'

export function chaosCommand(app: AppDefinition): Command {
  return new Command('chaos')
    .description('Runs the app in a folder of its own under load, breaks it again and again, audits what is left.')
    .option('--orders <n>', 'visits of customers, each with one order', toCount, 1_000)
    .option('--faults <kind=n,…>', 'how many of each, e.g. process=8,database=1', toFaults, { process: 8, database: 2 })
    .option('--seed <n>', 'the same seed repeats visits and faults; default: drawn', toCount)
    .option('--topology <name>', 'as for start', 'monolith')
    .option('--workload <file>', 'a module that exports what clients do as `workload`; default: the app’s own')
    .option('--at-once <n>', 'visits under way at once', toCount, 32)
    .option('--no-witness', 'keep whom the app deals with in its own process: faster, and no witness of it')
    .option('--report <file>', 'where the report goes, as JSON, and beside it a picture as SVG')
    .option('--keep <folder>', 'keep data, log and journal there')
    .addHelpText('after', describeFaults())
    .action((options: ChaosCommandOptions) => orFail(() => chaos(app, options)))
}

export interface ChaosCommandOptions {
  readonly orders: number
  readonly faults: FaultCounts
  readonly seed?: number
  readonly topology: string
  readonly workload?: string
  readonly atOnce: number
  readonly witness: boolean
  readonly report?: string
  readonly keep?: string
}

async function chaos(app: AppDefinition, options: ChaosCommandOptions): Promise<void> {
  const workload = await loadWorkload(app, options.workload)
  using interrupt = listenForInterrupt()
  await using place = await prepareFolder(options.keep)
  await using scene = await openChaosScene({ app, ...options, workload, folder: place.folder })
  const report = await unlessInterrupted(run(app, { ...place, options, workload, scene }), interrupt.signal)
  if (options.report) await save(options.report, report)
  if (!report.passed) process.exitCode = 1
}

interface Place extends AsyncDisposable {
  readonly folder: string
}

/** Removed at the end, unless somebody wants to keep it. */
async function prepareFolder(keep: string | undefined): Promise<Place> {
  // The database server runs as another user when this is root, and must get through.
  const mode = 0o755
  if (keep !== undefined) {
    await mkdir(keep, { recursive: true, mode })
    return { folder: keep, [Symbol.asyncDispose]: async () => {} }
  }
  const folder = await mkdtemp(join(tmpdir(), 'banyan-chaos-'))
  await chmod(folder, mode)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

interface RunningParts {
  readonly options: ChaosCommandOptions
  readonly workload: Workload
  readonly folder: string
  readonly scene: ChaosScene
}

async function run(app: AppDefinition, parts: RunningParts): Promise<ChaosReport> {
  const { options, workload, folder, scene } = parts
  const { seed, system } = scene
  const { orders: visits, atOnce, topology, faults: planned } = options
  const journalFile = join(folder, 'journal.jsonl')
  const journal = openJournal(journalFile)
  const name = options.report ? basename(options.report, '.json') : `${app.name}-${topology}`
  const teller = tellChaos({ visits, planned, seed })
  const result = await runChaos({
    ...scene,
    workload,
    visits,
    atOnce,
    faults: planFaults({ seed, visits, atOnce, faults: planned }),
    journal,
    audit: (opened) => audit(system, { opened, journalFile, folder }),
    clock: systemClock,
    ...teller,
  }).finally(() => journal.close())
  const date = new Date(systemClock.now()).toISOString()
  const facts = { name, date, machine: describeMachine(), app: app.name, topology, seed, visits, atOnce, planned }
  const report = createReport(facts, result)
  teller.finish(report)
  return report
}

interface Auditing {
  readonly opened: OpenWorkload
  readonly journalFile: string
  readonly folder: string
}

async function audit(system: System, { opened, journalFile, folder }: Auditing): Promise<AuditFinding[]> {
  const secrets = join(folder, 'secrets')
  await writeFile(secrets, opened.secrets.join('\n'), { mode: 0o600 })
  const witnesses = ['--journal', journalFile, '--logs', join(folder, 'app.log'), '--secrets', secrets]
  // A fleet's supervisor says where its gateways are; the only process listens where it liked.
  const gateway = system.isFleet ? [] : ['--gateway', system.url]
  const { stdout, output } = await system.command('audit', '--json', '--quiet', ...witnesses, ...gateway)
  try {
    return JSON.parse(stdout) as AuditFinding[]
  } catch {
    return [{ invariant: 'audit', verdict: 'broken', checked: 0, rows: [`it did not come to an end: ${output}`] }]
  }
}

async function save(path: string, report: ChaosReport): Promise<void> {
  await writeFile(path, `${JSON.stringify(report, null, 1)}\n`)
  await writeFile(path.replace(/(\.json)?$/, '.svg'), drawReport(report))
}

function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: Math.round(loadavg()[1]! * 10) / 10,
    node: process.version,
  }
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 0 && count < 2 ** 32) return count
  throw usageFault('The option', `must be a whole number from 0 to 2³² − 1, got ${JSON.stringify(text)}.`)
}

function toFaults(text: string): FaultCounts {
  if (text.trim() === '') return {}
  const counts = text.split(',').map((part): [string, number] => {
    const [kind = '', count = '1'] = part.trim().split('=')
    if (isFaultKind(kind)) return [kind, toCount(count)]
    throw usageFault('--faults', `there is no fault '${kind}', only ${Object.keys(FAULTS).join(', ')}.`)
  })
  return Object.fromEntries(counts)
}

function describeFaults(): string {
  const lines = Object.entries(FAULTS).map(([kind, { description }]) => `  ${kind.padEnd(13)} ${description}`)
  return `\nFaults:\n${lines.join('\n')}\n`
}
