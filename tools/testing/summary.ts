import type { FileResult } from './run-file.ts'

const SLOWEST_SHOWN = 8
const MAX_FAILURE_LINES = 200
// Above it a test file wants to be split or sped up: the whole suite must stay under five minutes on two cores.
const SLOW_FILE_MS = 20_000

/** `✔  1.2 s   14 tests  path` */
export function describeResult(result: FileResult): string {
  const seconds = (result.durationMs / 1000).toFixed(1).padStart(6)
  const skipped = result.skipped > 0 ? ` (${result.skipped} skipped)` : ''
  const line = `${result.faults.length === 0 ? '✔' : '✖'} ${seconds} s ${String(result.tests).padStart(4)} tests${skipped}  ${result.file}`
  return [line, ...result.faults.map((fault) => `    ${fault}`)].join('\n')
}

/** What the reporter says of the failures; of a file that died before it could report, the end of its output. */
export function describeFailures(output: string): string {
  const at = output.lastIndexOf('✖ failing tests:')
  return output
    .slice(Math.max(at, 0))
    .trim()
    .split('\n')
    .slice(at < 0 ? -60 : 1)
    .slice(0, MAX_FAILURE_LINES)
    .join('\n')
}

/** What failed, what was slow, how much there was. */
export function describeRun(results: readonly FileResult[], totalMs: number): string {
  const failed = results.filter((result) => result.faults.length > 0)
  const slowest = results.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST_SHOWN)
  const slow = results.filter((result) => result.durationMs > SLOW_FILE_MS)
  const faults = results.filter(({ file }) => file.endsWith('.fault.test.ts'))
  const faultsMs = faults.reduce((total, { durationMs }) => total + durationMs, 0)
  const sum = (count: (result: FileResult) => number) => results.reduce((total, result) => total + count(result), 0)
  return [
    '',
    `Slowest files: ${slowest.map((r) => `${(r.durationMs / 1000).toFixed(1)} s ${r.file.split('/').at(-1)}`).join(', ')}`,
    ...(faults.length > 0
      ? [`Faults: ${faults.length} files, ${(faultsMs / 1000).toFixed(1)} s one after another`]
      : []),
    ...slow.map((result) => `Slower than ${SLOW_FILE_MS / 1000} s, split or speed up: ${result.file}`),
    ...failed.map((result) => `Failed: ${result.file}`),
    `${results.length} files, ${sum((r) => r.tests)} tests, ${sum((r) => r.skipped)} skipped, ${failed.length} files failed, ${(totalMs / 1000).toFixed(1)} s`,
  ].join('\n')
}
