import assert from 'node:assert/strict'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { plant } from '../walls/planted.ts'
import { readBugs } from './bug.ts'
import { applyPatch, createScratchCopy } from './scratch-copy.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const bugs = readBugs(ROOT)

describe('the planted bugs', () => {
  test('are numbered from 1 without gap, and name tests and invariants that there are', () => {
    assert.deepEqual(
      bugs.map(({ number }) => number),
      bugs.map((_, index) => index + 1),
    )
    const known = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8')
    for (const { path, invariants, caughtBy } of bugs) {
      for (const invariant of invariants) assert.ok(known.includes(`| ${invariant} |`), `${path}: ${invariant}`)
      for (const { file } of caughtBy) assert.ok(existsSync(join(ROOT, file)), `${path}: no file ${file}`)
    }
  })

  for (const { path } of bugs) {
    test(`${path} fits today's code`, () => applyPatch(ROOT, join(ROOT, path), true))
  }

  test('one that does not fit is reported', () => {
    using tree = plant({ 'a.ts': 'three\n', 'one.patch': '--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n' })
    assert.throws(
      () => applyPatch(tree.root, join(tree.root, 'one.patch')),
      /one\.patch does not fit any more: .*a\.ts/s,
    )
  })

  test('are planted in a copy that imports itself, and are taken out again', () => {
    using copy = createScratchCopy(ROOT)
    const [bug] = bugs as [(typeof bugs)[0]]
    const text = () => readFileSync(join(copy.root, bug.files[0]!), 'utf8')
    const sound = text()
    {
      using _ = copy.plant(bug)
      assert.notEqual(text(), sound)
    }
    assert.equal(text(), sound)
    for (const name of ['banyan', 'shop']) {
      const own = realpathSync(join(copy.root, 'packages', name))
      assert.equal(realpathSync(join(copy.root, 'node_modules', name)), own)
    }
  })
})
