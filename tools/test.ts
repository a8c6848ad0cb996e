import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fillCompileCache } from './testing/compile-cache.ts'
import { readDurations, rememberDurations } from './testing/durations.ts'
import { runFile, type FileResult } from './testing/run-file.ts'
import { selectTestFiles } from './testing/select-files.ts'
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
const results = await runAll(files)
rememberDurations(memory, known, results)
console.log(describeRun(results, performance.now() - started))
if (calledOff.signal.aborted) console.log('Called off.')
if (failedChecks.length > 0) console.log(`Failed: ${failedChecks.join(', ')}`)
if (files.length === 0) console.log(`No test file matches ${wishes.join(', ')}.`)
const passed = files.length > 0 && failedChecks.length === 0 && results.every((result) => result.faults.length === 0)
process.exitCode = passed && !calledOff.signal.aborted ? 0 : 1

/** As many at a time as there are cores, and one that mostly waits: more would only make timing-sensitive tests lie. */
async function runAll(queue: readonly string[]): Promise<readonly FileResult[]> {
  const results: FileResult[] = []
  const busy = queue.filter((file) => !WAITING_FILES.has(file))
  const idle = queue.filter((file) => WAITING_FILES.has(file))
  const work = async (waiting: string[]) => {
    for (let file = waiting.shift(); file !== undefined && !calledOff.signal.aborted; file = waiting.shift()) {
      const result = await runFile(file, { root, signal: calledOff.signal })
      if (calledOff.signal.aborted) return
      results.push(result)
      console.log(describeResult(result))
      if (result.faults.length > 0) console.log(describeFailures(result.output))
    }
  }
  await Promise.all([work(idle), ...Array.from({ length: availableParallelism() }, () => work(busy))])
  return results
}
