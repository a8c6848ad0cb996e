// npm run chaos:crashes [-- words…]: a process dies at every fault point, in each topology; the table of what became of it.
// Words: only rows whose fault holds one of them, and nothing is written. --again: the cells of the last report that had faults are played
// once more; the report keeps what they had said.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CRASH_ROWS } from '../packages/shop/src/faults/testing/crash-matrix/rows.ts'
import type { CrashOutcome } from '../packages/shop/src/faults/testing/crash-matrix/run-cell.ts'
import { describeMachine } from './machine.ts'
import { runMatrix } from '../packages/shop/src/faults/testing/crash-matrix/run-matrix.ts'

const TOPOLOGIES = ['monolith', 'microservices']
const words = process.argv.slice(2).filter((word) => word !== '--again')
const isAgain = process.argv.includes('--again')
const folder = join(import.meta.dirname, 'reports')
const rows = CRASH_ROWS.filter(({ faults }) => words.length === 0 || words.some((word) => faults.includes(word)))
const began = performance.now()
const last = isAgain ? await readLast() : { outcomes: [], durationS: 0 }
const playedAgain = last.outcomes.filter(({ faults }) => faults.length > 0)
const outcomes: CrashOutcome[] = last.outcomes.filter(({ faults }) => faults.length === 0)
for (const topology of TOPOLOGIES) {
  const wanted = isAgain
    ? rows.filter((row) => playedAgain.some((one) => one.topology === topology && isOf(row, one)))
    : rows
  if (wanted.length > 0) outcomes.push(...(await runMatrix({ topology, rows: wanted, onOutcome: tell })))
}
const broken = outcomes.filter(({ faults }) => faults.length > 0)
console.log(`${outcomes.length} crashes, ${broken.length} of them with faults`)
if (words.length === 0) await save()
process.exitCode = broken.length === 0 ? 0 : 1

interface LastReport {
  readonly outcomes: readonly CrashOutcome[]
  readonly durationS: number
}

async function readLast(): Promise<LastReport> {
  return JSON.parse(await readFile(join(folder, 'crash-matrix.json'), 'utf8')) as LastReport
}

function isOf({ point, subject }: (typeof CRASH_ROWS)[number], outcome: CrashOutcome): boolean {
  return outcome.point === point && outcome.subject === subject
}

function tell({ topology, point, subject, died, resumedMs, faults }: CrashOutcome): void {
  const place = `${topology} ${point}${subject === null ? '' : `(${subject})`}`
  console.log(`${faults.length === 0 ? '✔' : '✖'} ${place}: ${died ?? 'nobody'} died, ${resumedMs ?? '–'} ms`)
  for (const fault of faults) console.log(`    ${fault}`)
}

async function save(): Promise<void> {
  const date = new Date().toISOString()
  const machine = describeMachine()
  const durationS = last.durationS + Math.round((performance.now() - began) / 1_000)
  const report = {
    name: 'crash-matrix',
    date,
    machine,
    topology: TOPOLOGIES.join(', '),
    orders: outcomes.length * 4,
    faults: { crash: outcomes.filter(({ died }) => died !== null).length },
    violations: broken.reduce((sum, { faults }) => sum + faults.length, 0),
    passed: broken.length === 0,
    durationS,
    playedAgain,
    outcomes,
  }
  await writeFile(join(folder, 'crash-matrix.json'), `${JSON.stringify(report, null, 1)}\n`)
  await writeFile(join(folder, 'crash-matrix.md'), describe(report))
}

function describe({
  date,
  machine,
  durationS,
}: Record<string, unknown> & { machine: Record<string, unknown> }): string {
  const header = TOPOLOGIES.map((topology) => ` ${topology} |`).join('')
  const lines = rows.map(({ point, subject }) => {
    const cells = TOPOLOGIES.map((topology) =>
      cellOf(outcomes.find((one) => one.topology === topology && one.point === point && one.subject === subject)!),
    )
    return `| \`${point}\` | ${subject ?? 'the first'} | ${cells.join(' | ')} |`
  })
  const again = playedAgain.map(
    ({ topology, point, subject, faults }) =>
      `\nPlayed again: ${topology}, \`${point}\`, ${subject ?? 'the first'}, which had said: ${faults.join(' ')}\n`,
  )
  return `# Crash matrix

Written by \`npm run chaos:crashes\`. At each [fault point](../../docs/reference/fault-points.md) the process that reaches it is killed, goes on or is started again, and finds
four orders under way: one is confirmed, one declined, one cancelled, one cancelled while its card is tried. A cell says who died and when every
request had its final answer, the audit included; \`ok\`: each order ended as it must, one for each key, and \`banyan audit --journal\` found nothing.

${String(date)}, ${String(machine.cpu)}, ${String(machine.cores)} cores, load ${String(machine.load)}, Node ${String(machine.node)}; ${String(durationS)} s in all.
${again.join('')}
| point | at | ${header.trim()}
|---|---|${TOPOLOGIES.map(() => '---|').join('')}
${lines.join('\n')}
`
}

function cellOf({ died, resumedMs, faults }: CrashOutcome): string {
  if (faults.length > 0) return `**${faults[0]!.replaceAll('|', '\\|').slice(0, 200)}**`
  return `${died!.replace(/-.*$/, '')} died; ok${resumedMs === null ? '' : ` after ${(resumedMs / 1_000).toFixed(1)} s`}`
}
