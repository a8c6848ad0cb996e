import { join } from 'node:path'
import { readReports } from './report-by-file.ts'
import { runFile, type FileResult } from './run-file.ts'
import { runProcess, type ProcessOptions } from './run-process.ts'

const REPORTER = join(import.meta.dirname, 'report-by-file.ts')

/**
 * Runs test files in one process: to start one for each unit file costs three times what its tests do. It can only acquit: a file that
 * did not clearly pass, and all of them if anything was wrong with their process, run again, each alone, and that counts.
 */
export async function runTogether(files: readonly string[], options: ProcessOptions): Promise<readonly FileResult[]> {
  if (files.length === 1) return [await runFile(files[0]!, options)]
  const { output, faults } = await runProcess(
    ['--test', '--test-isolation=none', `--test-reporter=${REPORTER}`, ...files],
    options,
  )
  const reports = new Map(readReports(output).map((report) => [report.file, report]))
  const results: FileResult[] = []
  for (const file of files) {
    if (options.signal?.aborted) break
    const report = reports.get(join(options.root, file))
    const hasPassed = report !== undefined && report.failed === 0 && faults.length === 0
    results.push(hasPassed ? { ...report, file, faults: [], output: '' } : await runFile(file, options))
  }
  return results
}
