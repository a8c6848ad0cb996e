import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { checkArchitecture } from './walls/architecture.ts'
import { AREAS, TESTING_AREA } from './walls/architecture-rules.ts'
import { importsOf } from './walls/imports.ts'
import { plant } from './walls/planted.ts'
import { describeViolations, isTest, readSources } from './walls/sources.ts'

const ROOT = join(import.meta.dirname, '..')
const CORE = 'packages/banyan/src/core'

describe('architecture', () => {
  const files = readSources(ROOT, ['.ts'])
  const imports = files.flatMap(importsOf)

  test('the check sees the tree: many files, imports between areas, imports of packages', () => {
    assert.ok(files.length > 100, `only ${files.length} files`)
    assert.ok(imports.filter((edge) => edge.target?.endsWith('/core/index.ts')).length > 20)
    assert.ok(imports.filter((edge) => edge.specifier.startsWith('banyan/')).length > 10)
    assert.ok(imports.some((edge) => edge.specifier === 'typebox'))
  })

  test('what is imported exists', () => {
    const ours = imports.filter(({ from }) => !isTest(from)) // tests hold planted imports in strings
    const missing = ours.filter(({ target }) => target !== null && !existsSync(join(ROOT, target)))
    assert.deepEqual(missing, [])
  })

  test('the tree keeps every rule', () => {
    const violations = checkArchitecture(files)
    assert.equal(violations.length, 0, describeViolations(violations))
  })

  test('every folder of packages/banyan/src is an area with a place in the order', () => {
    const folders = readdirSync(join(ROOT, 'packages/banyan/src'), { withFileTypes: true })
    const known = new Set<string>([...AREAS, TESTING_AREA])
    const strays = folders.filter((entry) => !known.has(entry.name)).map((entry) => entry.name)
    assert.deepEqual(strays, [])
  })
})

const PLANTED: readonly { rule: string; files: Record<string, string> }[] = [
  {
    rule: 'area-order',
    files: { [`${CORE}/a.ts`]: "import type { Database } from '../data/index.ts'\n" },
  },
  {
    rule: 'area-order',
    files: { [`${CORE}/a.ts`]: "export const load = () => import('../cache/index.ts')\n" },
  },
  {
    rule: 'area-order',
    files: { 'packages/banyan/src/novelty/a.ts': "import { x } from '../core/index.ts'\n" },
  },
  {
    rule: 'doors',
    files: { 'packages/banyan/src/data/a.ts': "import {\n  systemClock,\n} from '../core/clock.ts'\n" },
  },
  {
    rule: 'doors',
    files: { 'packages/shop/src/users/a.ts': "import { x } from '../../../banyan/src/core/clock.ts'\n" },
  },
  {
    rule: 'doors-only-re-export',
    files: { [`${CORE}/index.ts`]: "export { a } from './a.ts'\nexport const b = 1\n" },
  },
  { rule: 'no-star-exports', files: { [`${CORE}/a.ts`]: "export * from './b.ts'\n" } },
  { rule: 'no-star-exports', files: { [`${CORE}/a.ts`]: "export type * as b from './b.ts'\n" } },
  {
    rule: 'no-cycles',
    files: {
      [`${CORE}/a.ts`]: "import { b } from './b.ts'\n",
      [`${CORE}/b.ts`]: "// fine\nimport type { C } from './c.ts'\n",
      [`${CORE}/c.ts`]: "export { type A } from './a.ts'\n",
    },
  },
  {
    rule: 'testing-is-for-tests',
    files: { 'packages/shop/src/users/a.ts': "import { startTestPostgres } from 'banyan/testing'\n" },
  },
  {
    rule: 'platform-knows-no-shop',
    files: { [`${CORE}/a.ts`]: "import { users } from '../../../shop/src/users/contract.ts'\n" },
  },
  {
    rule: 'only-contracts',
    files: {
      'packages/shop/src/users/contract.ts': '',
      'packages/shop/src/orders/contract.ts': '',
      'packages/shop/src/orders/a.ts': "import { x } from '../users/store.ts'\n",
    },
  },
  { rule: 'foreign-packages', files: { [`${CORE}/a.ts`]: "import leftPad from 'left-pad'\n" } },
  { rule: 'foreign-packages', files: { [`${CORE}/a.ts`]: "import pg from 'pg'\n" } },
  { rule: 'foreign-packages', files: { [`${CORE}/a.ts`]: "import fc from 'fast-check'\n" } },
]

describe('planted violations are reported', () => {
  for (const { rule, files } of PLANTED) {
    test(`${rule}: ${Object.values(files).at(-1)!.trim()}`, () => {
      using tree = plant(files)
      const violations = checkArchitecture(readSources(tree.root, ['.ts']))
      assert.deepEqual([...new Set(violations.map((violation) => violation.rule))], [rule])
    })
  }

  test('and what looks like one but is none is not', () => {
    using tree = plant({
      [`${CORE}/a.ts`]: "// import { x } from '../data/pool.ts'\nconst text = 'see ../data/pool.ts'\n",
      'packages/banyan/src/data/a.test.ts':
        "import { x } from '../testing/index.ts'\nimport fc from 'fast-check'\nimport { y } from '../cache/index.ts'\n",
      'packages/banyan/src/data/b.ts':
        "import { readFile } from 'node:fs/promises'\nimport { c } from './c.ts'\nimport pg from 'pg'\nimport { systemClock } from '../core/index.ts'\n",
    })
    assert.deepEqual(checkArchitecture(readSources(tree.root, ['.ts'])), [])
  })
})
