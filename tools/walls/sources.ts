import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface SourceFile {
  /** From the root, with slashes: `packages/banyan/src/core/clock.ts`. */
  readonly path: string
  readonly text: string
}

/** What a wall reports. Empty lists mean nothing by themselves: each test also asserts that it saw files. */
export interface Violation {
  readonly rule: string
  readonly file: string
  readonly message: string
}

// Not ours, or made by running: everything else in the tree is looked at, committed or not. In a worktree `.git` is a file.
const SKIPPED = new Set(['node_modules', '.git', '.banyan', 'dist', 'peers'])
const MAX_BYTES = 1_000_000

/** Every text file under `root` whose path ends with one of `endings` (all when none is named), sorted by path. */
export function readSources(root: string, endings: readonly string[] = []): readonly SourceFile[] {
  return listFiles(root, '')
    .filter((path) => endings.length === 0 || endings.some((ending) => path.endsWith(ending)))
    .filter((path) => statSync(join(root, path)).size <= MAX_BYTES)
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Tests, and what only tests use: everything in a folder `testing`. */
export function isTest(path: string): boolean {
  return /\.(test|fixture)\.ts$/.test(path) || /^packages\/[^/]+\/src\/(.+\/)?testing\//.test(path)
}

/** For assertion messages: one violation a line. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations.map(({ rule, file, message }) => `${file}: ${message} [${rule}]`).join('\n')
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (SKIPPED.has(entry.name)) return []
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return listFiles(root, path)
      return entry.isFile() ? [path] : []
    })
}
