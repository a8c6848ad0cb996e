import type { SourceFile, Violation } from './sources.ts'

interface LockedPackage {
  readonly resolved?: string
  readonly link?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * Every package that a locked one names is locked itself, also those for other platforms: else `npm ci` refuses the whole
 * file ("Missing: … from lock file"). Happens when a registry mirror lacks them at the time of locking; pick a version
 * that it has for every platform. And no address of a registry: that is the machine's business.
 */
export function checkLockFile(lock: SourceFile): readonly Violation[] {
  const { packages } = JSON.parse(lock.text) as { packages: Record<string, LockedPackage> }
  const report = (message: string) => ({ rule: 'lock-file', file: lock.path, message })
  return Object.entries(packages).flatMap(([at, entry]) => {
    const named = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
    const missing = named.filter(
      (name) => !foldersAbove(at).some((folder) => `${folder}node_modules/${name}` in packages),
    )
    return [
      ...missing.map((name) => report(`${at} needs ${name}, which is not locked.`)),
      ...(entry.resolved && !entry.link ? [report(`${at} names its registry: ${entry.resolved}.`)] : []),
    ]
  })
}

/** `node_modules/a/node_modules/b` → where Node would look for what b imports: `node_modules/a/node_modules/b/`, … , ``. */
function foldersAbove(at: string): readonly string[] {
  const parts = at === '' ? [] : at.split('/')
  return ['', ...parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)]
}
