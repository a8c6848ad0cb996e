// npm run test:planted [-- word …]: breaks a copy of the tree in 25 ways; the tests have to notice each time.
import { join } from 'node:path'
import { runFile, type FileResult } from '../testing/run-file.ts'
import { describeFailures } from '../testing/summary.ts'
import { readBugs, type PlantedBug } from './bug.ts'
import { describeTrial, writeReport, type Trial } from './report.ts'
import { createScratchCopy, type ScratchCopy } from './scratch-copy.ts'
import { judge } from './verdict.ts'

const MAX_MS = 300_000

const root = join(import.meta.dirname, '..', '..')
const wishes = process.argv.slice(2)
const bugs = readBugs(root).filter(({ path }) => wishes.length === 0 || wishes.some((wish) => path.includes(wish)))

using copy = createScratchCopy(root)
console.log(`${bugs.length} bugs; their ${suitesOf(bugs).length} test files must pass without any of them`)
const isSound = await passesUnpatched(copy)
const trials: Trial[] = []
for (const bug of isSound ? bugs : []) {
  const trial = await tryBug(copy, bug)
  trials.push(trial)
  console.log(describeTrial(trial))
}
const caught = trials.filter(({ isCaught }) => isCaught).length
console.log(`${caught} of ${bugs.length}`)
if (isSound && wishes.length === 0) writeReport(root, trials)
process.exitCode = isSound && bugs.length > 0 && caught === bugs.length ? 0 : 1

/** Whole files, each once. */
function suitesOf(some: readonly PlantedBug[]): readonly Suite[] {
  const files = new Set(some.flatMap(({ caughtBy }) => caughtBy.map(({ file }) => file)))
  return Array.from(files, (file) => ({ file }))
}

/** Else every verdict would be worthless. */
async function passesUnpatched(copy: ScratchCopy): Promise<boolean> {
  const results = await runSuites(copy, suitesOf(bugs))
  const failed = results.filter(({ faults }) => faults.length > 0)
  for (const { file, faults, output } of failed) {
    console.log(`✖ ${file} fails without any patch: ${faults.join('; ')}\n${describeFailures(output)}`)
  }
  return failed.length === 0
}

async function tryBug(copy: ScratchCopy, bug: PlantedBug): Promise<Trial> {
  const startedMs = performance.now()
  using _ = copy.plant(bug)
  const verdict = judge(bug, await runSuites(copy, bug.caughtBy))
  return { bug, ...verdict, seconds: Math.round((performance.now() - startedMs) / 100) / 10 }
}

interface Suite {
  readonly file: string
  /** Only this test of it; else all. */
  readonly test?: string
}

/** One after another: tests that share the machine fail for want of time, which would look like a bug that was caught. */
async function runSuites(copy: ScratchCopy, suites: readonly Suite[]): Promise<readonly FileResult[]> {
  const results: FileResult[] = []
  for (const { file, tests } of byFile(suites)) {
    results.push(await runFile(file, { root: copy.root, timeoutMs: MAX_MS, only: tests }))
  }
  return results
}

function byFile(suites: readonly Suite[]): readonly { readonly file: string; readonly tests: readonly string[] }[] {
  const files = Map.groupBy(suites, ({ file }) => file)
  return Array.from(files, ([file, some]) => ({ file, tests: some.flatMap(({ test }) => test ?? []) }))
}
