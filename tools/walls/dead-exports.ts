import { isTest, type SourceFile, type Violation } from './sources.ts'

const EXPORT = /^export (?:async )?(?:function\*?|const|class) (\w+)/gm

/** Functions, constants and classes that are exported but named in no other file, tests and doors included. */
export function findDeadExports(files: readonly SourceFile[]): readonly Violation[] {
  const code = files.filter(({ path }) => /\.(ts|js|md)$/.test(path))
  const places = placesOfWords(code)
  return code
    .filter(({ path }) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !isTest(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(EXPORT)]
        .filter(([, name]) => places.get(name!)!.size === 1)
        .map(([, name]) => ({
          rule: 'dead-exports',
          file: path,
          message: `exports ${name}, which no other file names.`,
        })),
    )
}

function placesOfWords(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>()
  for (const { path, text } of files) {
    for (const word of new Set(text.match(/\w+/g))) {
      const known = places.get(word)
      if (known) known.add(path)
      else places.set(word, new Set([path]))
    }
  }
  return places
}
