import { runProcess, type ProcessOptions, type ProcessResult } from './run-process.ts'

export interface FileResult extends ProcessResult {
  readonly file: string
  readonly tests: number
  readonly skipped: number
}

export interface RunOptions extends ProcessOptions {
  /** Names of the tests to run. Default: all. */
  readonly only?: readonly string[]
}

/** Runs one test file in a process of its own. That it holds no test is a fault, too. */
export async function runFile(file: string, { only = [], ...options }: RunOptions): Promise<FileResult> {
  const result = await runProcess(['--test-reporter=spec', ...only.map(toPattern), file], options)
  const tests = readCount(result.output, 'tests')
  const isEmpty = result.faults.length === 0 && tests === 0
  const faults = isEmpty ? ['holds no test'] : result.faults
  return { ...result, file, tests, skipped: readCount(result.output, 'skipped'), faults }
}

function toPattern(name: string): string {
  return `--test-name-pattern=^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`
}

/** The reporter ends with `ℹ tests 12`, `ℹ skipped 0` … */
function readCount(output: string, name: string): number {
  const matches = [...output.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, 'gm'))]
  return Number(matches.at(-1)?.[1] ?? 0)
}
