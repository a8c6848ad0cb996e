import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FileResult } from './run-file.ts'

/** How long each test file took when it last passed, milliseconds, by path. */
export type Durations = Readonly<Record<string, number>>

/** What an earlier run remembered; nothing in a fresh clone, and where it cannot be read. */
export function readDurations(path: string): Durations {
  try {
    const known: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof known === 'object' && known !== null ? (known as Durations) : {}
  } catch {
    return {} // it only orders the run
  }
}

export function rememberDurations(path: string, known: Durations, results: readonly FileResult[]): void {
  const passed = results.filter(({ faults }) => faults.length === 0)
  const news = Object.fromEntries(passed.map(({ file, durationMs }) => [file, Math.round(durationMs)]))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify({ ...known, ...news }, null, 2)}\n`)
}

/** What a file will take: what it took, else what files of its kind take on two busy cores (2026-11-23). */
export function expectedMs(path: string, known: Durations): number {
  return known[path] ?? KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? UNIT_MS
}

const UNIT_MS = 200
const KINDS: readonly (readonly [RegExp, number])[] = [
  [/\/faults\/fuzz\.property\.test\.ts$/, 55_000],
  [/\/faults\//, 35_000],
  [/^packages\/banyan\/src\/(cli|runtime)\/.*\.(integration|fault)\.test\.ts$/, 20_000],
  [/^tools\/docs\//, 18_000],
  [/\.fault\.test\.ts$/, 10_000],
  [/\.integration\.test\.ts$/, 5_000],
  [/\.property\.test\.ts$/, 3_000],
]
