import { join } from 'node:path'
import { readSources } from '../walls/sources.ts'

/** A fault that somebody could well have written, and the tests that have to find it. */
export interface PlantedBug {
  readonly number: number
  /** `dual write` */
  readonly name: string
  /** What goes wrong for a user of the platform, in one sentence. */
  readonly breaks: string
  /** `I6` of docs/guarantees.md. */
  readonly invariants: readonly string[]
  /** Each of them must fail by an assertion. */
  readonly caughtBy: readonly WantedTest[]
  /** From the root: `chaos/planted/01-dual-write.patch`. */
  readonly path: string
  /** Files that the patch changes. */
  readonly files: readonly string[]
}

export interface WantedTest {
  readonly file: string
  readonly test: string
}

const FOLDER = 'chaos/planted'

/** All planted bugs in order. @throws what is wrong with a patch's head. */
export function readBugs(root: string): readonly PlantedBug[] {
  return readSources(join(root, FOLDER), ['.patch']).map(({ path, text }) => parseBug(`${FOLDER}/${path}`, text))
}

/** A patch begins with lines `Bug:`, `Breaks:`, `Invariants:` and `Caught-by: file > test`, which `git apply` passes over. */
export function parseBug(path: string, text: string): PlantedBug {
  const head = text.slice(0, Math.max(0, text.search(/^--- a\//m)))
  const all = (name: string) => [...head.matchAll(new RegExp(`^${name}: (.+)$`, 'gm'))].map((match) => match[1]!)
  const one = (name: string) => all(name)[0] ?? fail(path, `has no line '${name}: …' above the patch`)
  const number = /\/(\d\d)-[a-z0-9-]+\.patch$/.exec(path)?.[1] ?? fail(path, 'is not named NN-some-words.patch')
  const caughtBy = all('Caught-by').map((line) => parseWantedTest(path, line))
  if (caughtBy.length === 0) fail(path, "has no line 'Caught-by: file > test' above the patch")
  return {
    number: Number(number),
    name: one('Bug'),
    breaks: one('Breaks'),
    invariants: one('Invariants').split(', '),
    caughtBy,
    path,
    files: [...text.matchAll(/^--- a\/(\S+)/gm)].map((match) => match[1]!),
  }
}

function parseWantedTest(path: string, line: string): WantedTest {
  const [, file, test] = /^(\S+) > (.+)$/.exec(line) ?? []
  return file && test ? { file, test } : fail(path, `does not name a test: '${line}'`)
}

function fail(path: string, fault: string): never {
  throw new Error(`${path} ${fault}.`)
}
