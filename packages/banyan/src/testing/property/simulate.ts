import { readFileSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import fc from 'fast-check'

export interface Simulation<Values> {
  /** Under which its seeds are kept: `mesh.breaker`. */
  readonly name: string
  /** Runs with a fresh seed; times `BANYAN_SIMULATION_TIMES` where that is set. */
  readonly runs: number
  readonly property: fc.IAsyncProperty<Values>
}

/** Seeds that once failed, and at which run, by name of the simulation. */
const SEEDS = new URL('./simulation-seeds.json', import.meta.url)

interface Failed {
  readonly seed: number
  readonly runs: number
}
type Seeds = Readonly<Record<string, readonly Failed[]>>

/**
 * Runs a property over many histories: first those of seeds that failed before, then those of a fresh seed, which is
 * printed. A seed that fails is kept in `simulation-seeds.json`, to be committed with the repair.
 */
export async function simulate<Values>(t: TestContext, simulation: Simulation<Values>): Promise<void> {
  const { name, property } = simulation
  const runs = simulation.runs * Number(process.env['BANYAN_SIMULATION_TIMES'] ?? 1)
  for (const { seed, runs: numRuns } of readSeeds()[name] ?? []) await fc.assert(property, { seed, numRuns })
  const seed = Date.now() % 2_147_483_647
  t.diagnostic(`simulation ${name}: seed ${seed}, ${runs} runs`)
  const details = await fc.check(property, { seed, numRuns: runs })
  if (!details.failed) return
  keep(name, { seed, runs: details.numRuns })
  throw new Error(await fc.asyncDefaultReportMessage(details), { cause: details.errorInstance })
}

function keep(name: string, failed: Failed): void {
  const stored = readSeeds()
  writeFileSync(SEEDS, `${JSON.stringify({ ...stored, [name]: [...(stored[name] ?? []), failed] }, null, 2)}\n`)
}

function readSeeds(): Seeds {
  return JSON.parse(readFileSync(SEEDS, 'utf8')) as Seeds
}
