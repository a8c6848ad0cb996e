import type { FileResult } from '../testing/run-file.ts'
import type { PlantedBug, WantedTest } from './bug.ts'
import { parseFailedTests } from './failed-tests.ts'

export interface Verdict {
  readonly isCaught: boolean
  /** The test that caught it; else why it does not count as caught. */
  readonly says: string
}

/**
 * Caught means: each named test failed, by an assertion. A file that cannot be loaded, a run that does not end or breaks
 * off, or another test that stumbles would fail as well for a patch that says nothing.
 */
export function judge(bug: Pick<PlantedBug, 'caughtBy'>, results: readonly FileResult[]): Verdict {
  const says = bug.caughtBy.map((wanted) => failureOf(wanted, results))
  const missed = says.find(({ isCaught }) => !isCaught)
  return missed ?? says[0]!
}

function failureOf({ file, test }: WantedTest, results: readonly FileResult[]): Verdict {
  const result = results.find((one) => one.file === file)
  if (!result) return { isCaught: false, says: `${file} did not run` }
  const hung = result.faults.find((fault) => fault.startsWith('did not end'))
  if (hung) return { isCaught: false, says: `${file} ${hung}` }
  const failed = parseFailedTests(result.output)
  const wanted = failed.find(({ name }) => name === test)
  if (!wanted) return { isCaught: false, says: `'${test}' passed${describeOthers(failed, result)}` }
  return {
    isCaught: wanted.isAssertion,
    says: wanted.isAssertion ? `${file}: ${test}` : `'${test}' failed by no assertion: ${wanted.message}`,
  }
}

function describeOthers(failed: readonly { readonly name: string }[], { faults }: FileResult): string {
  if (failed.length > 0) return `; failed: ${failed.map(({ name }) => `'${name}'`).join(', ')}`
  return faults.length > 0 ? `; the file ${faults.join(', ')}` : ''
}
