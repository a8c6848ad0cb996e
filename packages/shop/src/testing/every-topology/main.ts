// npm run test:topologies [-- --cells stream,grpc] [--seed N]: one suite of the shop wherever its services run.
import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { createSeededRandom } from 'banyan/testing'
import { createComparison } from '../same-everywhere/comparison.ts'
import { createWorkload } from '../same-everywhere/workload.ts'
import { subjects } from '../shop-suite/subjects.ts'
import type { Cell } from './cell.ts'
import { createEncodedCell, createHostileCell } from './in-process-cells.ts'
import { describeFailures, describeMatrix } from './matrix.ts'
import { runCell, START, STOP, type CellReport, type Part } from './run-cell.ts'
import { createStartedCells } from './started-cells.ts'

const { values } = parseArgs({
  options: { cells: { type: 'string' }, seed: { type: 'string', default: '20' } },
})
const seed = Number(values.seed)
const started = createStartedCells(process.env)
const cells = [
  started.monolith,
  createEncodedCell(),
  createHostileCell(seed),
  started.stream,
  started.http,
  started.grpc,
  started.doubled,
  started.nats,
]
const size = { customers: 6, products: 6, sequential: 60, concurrent: 40 }
const comparison = createComparison(createWorkload(createSeededRandom(seed), size))
const parts: readonly Part[] = [
  ...subjects,
  { name: 'same workload, same state (I20)', run: (cast, shop) => comparison.check(shop, cast) },
  { name: 'audit', run: async (_, shop) => assert.deepEqual(await shop.faults(), []) },
]

const began = performance.now()
const reports: CellReport[] = []
for (const cell of pick(cells, values.cells)) reports.push(await runAloud(cell))

const rows = [START, ...parts.map(({ name }) => name), STOP]
const failures = describeFailures(reports)
const took = Math.round((performance.now() - began) / 1_000)
process.stdout.write(`\n${describeMatrix(rows, reports)}\n\nseed ${seed}, ${took} s; times in seconds\n`)
if (failures !== '') process.stdout.write(`\n${failures}\n`)
process.exitCode = failures === '' ? 0 : 1

async function runAloud(cell: Cell): Promise<CellReport> {
  process.stdout.write(`${cell.name.padEnd(9)} ${cell.what} `)
  const report = await runCell(cell, parts, ({ error }) => void process.stdout.write(error === null ? '.' : '✖'))
  process.stdout.write('\n')
  return report
}

/** @throws on a name that there is not: a matrix without columns would look like one that passed. */
function pick(all: readonly Cell[], names: string | undefined): readonly Cell[] {
  if (names === undefined) return all
  const wanted = names.split(',')
  const unknown = wanted.filter((name) => !all.some((cell) => cell.name === name))
  if (unknown.length > 0)
    throw new Error(`--cells: no ${unknown.join(', ')}, only ${all.map(({ name }) => name).join(', ')}`)
  return all.filter(({ name }) => wanted.includes(name))
}
