import assert from 'node:assert/strict'
import { join } from 'node:path'
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
import { describeViolations, readSources, type Violation } from './walls/sources.ts'
import { checkText, TEXT_RULES } from './walls/text-rules.ts'

const ROOT = join(import.meta.dirname, '..')
const files = readSources(ROOT)

function assertNone(violations: readonly Violation[]): void {
  assert.equal(violations.length, 0, describeViolations(violations))
}

describe('tidy', () => {
  test('the checks see the tree', () => {
    for (const rule of TEXT_RULES) {
      const seen = files.filter((file) => rule.appliesTo(file.path)).length
      assert.ok(seen >= 10, `${rule.name} saw ${seen} files`)
    }
    assert.ok(files.filter((file) => file.path.endsWith('.md')).length >= 10)
    assert.ok(files.filter((file) => file.path.endsWith('.sql')).length >= 2)
  })

  test('no open marks, machine paths, registries, swallowed failures, assembled SQL …', () =>
    assertNone(checkText(files)))

  test('sizes, names and links of files', () => assertNone(checkFiles(ROOT, files)))

  test('decisions are numbered and have their four parts', () => assertNone(checkDecisions(files)))

  test('migrations that take something away say from which release on', () => assertNone(checkMigrations(files)))

  test('no dead files', () => assertNone(findDeadFiles(ROOT, files)))

  test('no dead exports', () => assertNone(findDeadExports(files)))

  test('packages declare what they import and import what they declare', () => assertNone(checkDependencies(files)))

  test('package-lock.json is complete for every platform', () => {
    assertNone(checkLockFile(files.find((file) => file.path === 'package-lock.json')!))
  })

  test('error tables: unique codes, telling messages, each raised somewhere', async () => {
    const rows = await readErrorTables(ROOT)
    assert.ok(rows.length > 40, `only ${rows.length} codes`)
    assertNone(checkErrorTables(rows, files))
  })
})

describe('code in documents', () => {
  const documents = files.filter((file) => file.path.endsWith('.md'))
  const blocks = runnableBlocks(documents)

  test('what is quoted from a file is as it stands there', () => {
    assert.ok(documents.some((file) => /^```ts examples\//m.test(file.text)))
    assertNone(checkQuotes(files))
  })

  for (const block of blocks) {
    test(`${block.file}:${block.line} runs`, () => assert.equal(runBlock(ROOT, block), null))
  }
})
