import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkDecisions } from './docs/decisions.ts'
import { findDeadExports } from './walls/dead-exports.ts'
import { findDeadFiles } from './walls/dead-files.ts'
import { checkDependencies } from './walls/dependencies.ts'
import { checkQuotes, runBlock, runnableBlocks } from './docs/doc-code.ts'
import { readErrorTables } from './docs/error-docs.ts'
import { checkErrorTables } from './walls/error-rules.ts'
import { checkFiles } from './walls/file-rules.ts'
import { checkLockFile } from './walls/lock-file.ts'
import { checkMigrations } from './walls/migration-rules.ts'
import { plant } from './walls/planted.ts'
import { readSources, type Violation } from './walls/sources.ts'
import { checkText } from './walls/text-rules.ts'

const AREA = 'packages/banyan/src/data'

function rulesOf(violations: readonly Violation[]): readonly string[] {
  return [...new Set(violations.map((violation) => violation.rule))]
}

// Written in pieces, so that this file does not break the rules that it tests.
const PLANTED_TEXT: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['no-open-marks', `${AREA}/a.ts`, `// TO${'DO'}: later\n`],
  ['no-open-marks', `${AREA}/a.sql`, `-- FIX${'ME'}\n`],
  ['no-machine-paths', 'docs/a.md', `see ${'/ho'}${'me/'}me/notes\n`],
  ['no-registry-hosts', '.npmrc', `registry=https:${'//registry'}.example.org/\n`],
  ['no-swallowed-failures', `${AREA}/a.ts`, 'await undo().catch(() => {})\n'],
  ['no-skipped-tests', `${AREA}/a.test.ts`, `test.on${'ly'}('x', () => {})\n`],
  ['no-assembled-sql', `${AREA}/a.ts`, 'tx.query(`SELECT * FROM users WHERE name = ${name}`)\n'],
  ['time-is-handed-in', `${AREA}/a.ts`, 'const now = new Date()\n'],
  ['plain-type-names', `${AREA}/a.ts`, 'export class PoolManager {}\n'],
  ['plain-type-names', `${AREA}/a.ts`, 'export interface IPool {}\n'],
]

const PLANTED_FILES: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['file-size', `${AREA}/a.ts`, 'x\n'.repeat(401)],
  ['file-size', 'README.md', 'x\n'.repeat(151)],
  ['kebab-case', `${AREA}/connectionPool.ts`, ''],
  ['file-name', `${AREA}/utils.ts`, ''],
  ['test-level', `${AREA}/a.slow.test.ts`, ''],
  ['links', 'docs/a.md', 'see [this](../missing.md#part)\n'],
]

describe('planted untidiness is reported', () => {
  for (const [rule, path, text] of PLANTED_TEXT) {
    test(`${rule}: ${text.trim()}`, () => {
      using tree = plant({ [path]: text })
      assert.deepEqual(rulesOf(checkText(readSources(tree.root))), [rule])
    })
  }

  for (const [rule, path, text] of PLANTED_FILES) {
    test(`${rule}: ${path}`, () => {
      using tree = plant({ [path]: text })
      assert.deepEqual(rulesOf(checkFiles(tree.root, readSources(tree.root))), [rule])
    })
  }

  test('expand-then-contract: what takes away without saying so is reported, the rest is not', () => {
    const folder = `${AREA}/migrations`
    using tree = plant({
      [`${folder}/0001-a.sql`]: 'ALTER TABLE orders ADD COLUMN note text;\nDROP INDEX orders_by_day;\n',
      [`${folder}/0002-b.sql`]: '-- contract: 0.2.0\nALTER TABLE orders DROP COLUMN total;\n',
      [`${folder}/0003-c.sql`]: 'ALTER TABLE orders\n  DROP COLUMN total;\n',
      [`${folder}/0004-d.sql`]: 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n',
      [`${folder}/0005-e.sql`]: '-- contract: soon\nALTER TABLE orders RENAME COLUMN a TO b;\n',
    })
    const reported = checkMigrations(readSources(tree.root)).map(({ file }) => file.slice(-10))
    assert.deepEqual(reported, ['0003-c.sql', '0004-d.sql', '0005-e.sql'])
  })

  test('what is explained or harmless is not reported', () => {
    using tree = plant({
      [`${AREA}/a.ts`]: '// The connection is closing anyway.\nawait undo().catch(() => undefined)\nnew Date(0)\n',
      'docs/a.md': 'see [this](b.md), [that](https://example.org/x) and [here](#part)\n',
      'docs/b.md': '',
    })
    const files = readSources(tree.root)
    assert.deepEqual([...checkText(files), ...checkFiles(tree.root, files)], [])
  })

  test('dead files: nothing leads to it; what a door, a test or a URL leads to lives', () => {
    using tree = plant({
      'packages/banyan/package.json': '{"exports":{"./data":"./src/data/index.ts"}}',
      [`${AREA}/index.ts`]: "export { a } from './a.ts'\n",
      [`${AREA}/a.ts`]: "export const a = new URL('./worker.ts', import.meta.url)\n",
      [`${AREA}/worker.ts`]: '',
      [`${AREA}/a.test.ts`]: "import './fixture.ts'\n",
      [`${AREA}/fixture.ts`]: '',
      [`${AREA}/dead.ts`]: "import './dead-too.ts'\n",
      [`${AREA}/dead-too.ts`]: '',
    })
    const dead = findDeadFiles(tree.root, readSources(tree.root)).map((violation) => violation.file)
    assert.deepEqual(dead, [`${AREA}/dead-too.ts`, `${AREA}/dead.ts`])
  })

  test('dead exports: named in no other file', () => {
    const files = [
      {
        path: `${AREA}/a.ts`,
        text: 'export const used = 1\nexport function idle() {}\nexport class Idle {}\nidle()\n',
      },
      { path: `${AREA}/a.test.ts`, text: "import { used } from './a.ts'\n" },
    ]
    const messages = findDeadExports(files).map((violation) => violation.message)
    assert.deepEqual(messages, ['exports idle, which no other file names.', 'exports Idle, which no other file names.'])
  })

  test('dependencies: imported but not declared, declared but not imported', () => {
    using tree = plant({
      'package.json': '{"devDependencies":{"fast-check":"1"}}',
      'packages/shop/package.json': '{"dependencies":{"pg":"1","@scope/idle":"1"}}',
      'packages/shop/src/a.ts': "import pg from 'pg'\nimport { x } from 'left-pad/deep.js'\n",
      'packages/shop/src/a.test.ts': "import fc from 'fast-check'\n",
    })
    const messages = checkDependencies(readSources(tree.root)).map((violation) => violation.message)
    assert.deepEqual(messages, [
      'imports left-pad, which packages/shop/package.json does not declare.',
      'declares @scope/idle, which nothing imports.',
    ])
  })

  test('a decision with the wrong number, without a part', () => {
    const text = '# 0003: Title\n\n**Context.** **Decision.** **Consequences.**\n'
    const messages = checkDecisions([{ path: 'docs/adr/0003-title.md', text }]).map((violation) => violation.message)
    assert.deepEqual(messages, ['should have the number 0001.', 'lacks **Alternatives'])
  })

  test('a lock file that lacks a package of another platform, or names its registry', () => {
    const packages = {
      '': { dependencies: { a: '1' } },
      'node_modules/a': { dependencies: { b: '1' }, optionalDependencies: { '@a/linux': '1', '@a/other': '1' } },
      'node_modules/@a/linux': { resolved: 'https://mirror.example.org/a.tgz' },
      'node_modules/a/node_modules/b': {},
    }
    const messages = checkLockFile({ path: 'package-lock.json', text: JSON.stringify({ packages }) })
    assert.deepEqual(
      messages.map((violation) => violation.message),
      [
        'node_modules/a needs @a/other, which is not locked.',
        'node_modules/@a/linux names its registry: https://mirror.example.org/a.tgz.',
      ],
    )
  })

  test('error tables: a code declared twice, badly written, without message, raised nowhere', async () => {
    const factory = (code: string, message = 'A long enough message.') =>
      `Object.assign(() => null, { code: '${code}', spec: { message: '${message}' } })`
    using tree = plant({
      [`${AREA}/data-errors.ts`]: `const defineErrors = (x) => x
export const dataErrors = defineErrors({
  TWICE: ${factory('data.TWICE')}, TOO: ${factory('data.TWICE')}, bad: ${factory('data.bad')},
  SHORT: ${factory('data.SHORT', 'Bad.')}, IDLE: ${factory('data.IDLE')},
})\n`,
      [`${AREA}/a.ts`]: 'throw [dataErrors.TWICE(), dataErrors.TOO(), dataErrors.bad(), dataErrors.SHORT()]\n',
    })
    const found = checkErrorTables(await readErrorTables(tree.root), readSources(tree.root))
    assert.deepEqual(
      found.map((violation) => violation.message),
      [
        `data.TWICE is declared twice, first in ${AREA}/data-errors.ts.`,
        'data.bad is not written area.CODE.',
        'data.SHORT has a message that says neither fact nor cure.',
        'data.IDLE is raised nowhere. Delete it, or raise it.',
      ],
    )
  })

  test('a document that quotes a file as it was', () => {
    const code = { path: 'examples/a.ts', text: 'export const a = 2\n' }
    const quote = (text: string) => ({ path: 'docs/a.md', text: `\`\`\`ts examples/a.ts\n${text}\n\`\`\`\n` })
    assert.deepEqual(rulesOf(checkQuotes([code, quote('export const a = 1')])), ['quotes'])
    assert.deepEqual(checkQuotes([code, quote('export const a = 2')]), [])
  })

  test('a document’s code that fails', () => {
    using tree = plant({
      'packages/shop/package.json': '{}',
      'docs/a.md':
        'text\n\n```ts run\nconst a: number = 1\nif (a !== 2) throw new Error("no")\n```\n\n```ts\nnot run\n```\n',
    })
    const blocks = runnableBlocks(readSources(tree.root, ['.md']))
    assert.equal(blocks.length, 1)
    assert.match(runBlock(tree.root, blocks[0]!)!, /docs\/a\.md:3 failed:[\s\S]*Error: no/)
  })
})
