import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fillCompileCache } from './testing/compile-cache.ts'
import { readDurations, rememberDurations } from './testing/durations.ts'
import type { FileResult } from './testing/run-file.ts'
import { runTogether } from './testing/run-together.ts'
import { groupFiles, selectTestFiles } from './testing/select-files.ts'
import { runStaticChecks } from './testing/static-checks.ts'
import { describeFailures, describeResult, describeRun } from './testing/summary.ts'
import { WAITING_FILES } from './testing/waiting-files.ts'

// `npm test` checks everything; `npm test -- saga users/sessions` runs only the test files whose path contains a word.
const root = process.env.BANYAN_TEST_ROOT ?? join(import.meta.dirname, '..')
const wishes = process.argv.slice(2)
const started = performance.now()

const calledOff = new AbortController()
// Test files lead groups of their own, which a terminal's Ctrl-C does not reach; and what they leave in memory would stay there.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => calledOff.abort())

const [failedChecks] = await Promise.all([wishes.length === 0 ? runStaticChecks(root) : [], fillCompileCache(root)])
const memory = join(root, 'node_modules', '.cache', 'banyan-test-durations.json')
const known = readDurations(memory)
const files = selectTestFiles(root, wishes, known)
const results = await runAll(groupFiles(files, known))
rememberDurations(memory, known, results)
console.log(describeRun(results, performance.now() - started))
if (calledOff.signal.aborted) console.log('Called off.')
if (failedChecks.length > 0) console.log(`Failed: ${failedChecks.join(', ')}`)
if (files.length === 0) console.log(`No test file matches ${wishes.join(', ')}.`)
const passed = files.length > 0 && failedChecks.length === 0 && results.every((result) => result.faults.length === 0)
process.exitCode = passed && !calledOff.signal.aborted ? 0 : 1

/**
 * One more at a time than there are cores, as all wait now and then, and beside them one that mostly waits. 2 cores: 268 s instead of
 * 299 with two and one, 13 % of both idle (2026-11-30). Tests that take a busy machine for a fault are mended, not spared.
 */
async function runAll(groups: readonly (readonly string[])[]): Promise<readonly FileResult[]> {
  const results: FileResult[] = []
  const isWaiting = ([file]: readonly string[]) => WAITING_FILES.has(file!)
  const busy = groups.filter((files) => !isWaiting(files))
  const waiting = groups.filter(isWaiting)
  const work = async (first: (readonly string[])[], then: (readonly string[])[]) => {
    const next = () => first.shift() ?? then.shift()
    for (let files = next(); files !== undefined && !calledOff.signal.aborted; files = next()) {
      const ended = await runTogether(files, { root, signal: calledOff.signal })
      if (calledOff.signal.aborted) return
      results.push(...ended)
      for (const result of ended) tell(result)
    }
  }
  const busyLanes = Array.from({ length: availableParallelism() + 1 }, () => work(busy, waiting))
  await Promise.all([work(waiting, busy), ...busyLanes])
  return results
}

function tell(result: FileResult): void {
  console.log(describeResult(result))
  if (result.faults.length > 0) console.log(describeFailures(result.output))
}
