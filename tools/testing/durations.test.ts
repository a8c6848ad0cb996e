import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { expectedMs, readDurations, rememberDurations } from './durations.ts'
import { groupFiles, selectTestFiles } from './select-files.ts'
import { WAITING_FILES } from './waiting-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'durations-'))
after(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'cache', 'durations.json')
const root = join(import.meta.dirname, '..', '..')

function result(file: string, durationMs: number, faults: readonly string[] = []) {
  return { file, durationMs, tests: 1, skipped: 0, faults, output: '' }
}

test('what passed is remembered, what failed is not, and what another run knew stays', () => {
  rememberDurations(path, { 'a.test.ts': 7 }, [result('b.test.ts', 12.4), result('c.test.ts', 99, ['red'])])
  assert.deepEqual(readDurations(path), { 'a.test.ts': 7, 'b.test.ts': 12 })
})

test('no memory, or a broken one, is none', () => {
  assert.deepEqual(readDurations(join(folder, 'nothing.json')), {})
  writeFileSync(join(folder, 'broken.json'), '{')
  assert.deepEqual(readDurations(join(folder, 'broken.json')), {})
})

test('the longest come first: those known, and those of slow kinds', () => {
  const unit = 'packages/banyan/src/core/random.test.ts'
  const files = selectTestFiles(root, [], { [unit]: 1_000_000 })
  assert.ok(files.length > 150, `only ${files.length} files`)
  assert.equal(files[0], unit)
  const expected = files.map((file) => expectedMs(file, { [unit]: 1_000_000 }))
  assert.deepEqual(
    expected,
    expected.toSorted((a, b) => b - a),
  )
  const byKind = selectTestFiles(root, [])
  assert.match(byKind[0]!, /fuzz\.property/, 'in a fresh clone too')
})

test('unit files run together, any other alone, none twice', () => {
  const files = selectTestFiles(root, [])
  const groups = groupFiles(files)
  assert.deepEqual(groups.flat().toSorted(), files.toSorted())
  const kinds = groups
    .filter(({ length }) => length > 1)
    .flatMap((group) => group.filter((file) => /\.\w+\.test\.ts$/.test(file)))
  assert.deepEqual(kinds, [])
  assert.ok(groups.length < files.length - 100, `${groups.length} groups`)
  assert.match(groups[0]![0]!, /fuzz\.property/)
})

test('what runs beside the others is there, and is a small part', () => {
  const files = selectTestFiles(root, [])
  assert.deepEqual(
    [...WAITING_FILES].filter((file) => !files.includes(file)),
    [],
  )
  assert.ok(WAITING_FILES.size > 10 && WAITING_FILES.size < files.length / 10, `${WAITING_FILES.size} files`)
})
