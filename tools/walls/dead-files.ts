import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { importsOf } from './imports.ts'
import { isTest, type SourceFile, type Violation } from './sources.ts'

interface Manifest {
  readonly exports?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

/** Modules that nothing leads to: not a door, not a command, not imported from one. */
export function findDeadFiles(root: string, files: readonly SourceFile[]): readonly Violation[] {
  const modules = files.filter(({ path }) => /^(packages\/[^/]+\/src|tools)\/.*\.ts$/.test(path))
  const targets = new Map(files.map((file) => [file.path, importsOf(file).flatMap(({ target }) => target ?? [])]))
  const alive = reach(entries(root, files), targets)
  return modules
    .filter(({ path }) => !alive.has(path))
    .map(({ path }) => ({ rule: 'dead-files', file: path, message: 'is imported by nothing. Delete it, or use it.' }))
}

/** Where reading starts: package exports, scripts, commands, tests, benchmarks, campaigns, examples. */
function entries(root: string, files: readonly SourceFile[]): readonly string[] {
  const manifests = files.filter(({ path }) => path === 'package.json' || /^packages\/[^/]+\/package\.json$/.test(path))
  const exported = manifests.flatMap(({ path }) => {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest
    const scripts = Object.values(manifest.scripts ?? {}).flatMap(
      (script) => script.match(/[\w./-]+\.(ts|js)\b/g) ?? [],
    )
    return [...Object.values(manifest.exports ?? {}), ...scripts].map((target) =>
      posix.join(posix.dirname(path), target),
    )
  })
  const runnable = files.filter(
    ({ path }) => isTest(path) || /\/bin\/|\/cli\/main\.ts$|^(bench|chaos|examples)\//.test(path),
  )
  return [...exported, ...runnable.map(({ path }) => path)]
}

function reach(from: readonly string[], targets: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const alive = new Set<string>()
  const open = [...from]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (alive.has(path)) continue
    alive.add(path)
    open.push(...(targets.get(path) ?? []))
  }
  return alive
}
