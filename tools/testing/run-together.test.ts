import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plant } from '../walls/planted.ts'
import { runTogether } from './run-together.ts'

const WELL =
  "import test, { describe } from 'node:test'\ndescribe('d', () => { test('a', () => {}); test.skip('b', () => {}) })\n"
const CASES: Readonly<Record<string, readonly [text: string, faults: readonly (string | RegExp)[]]>> = {
  'a test that fails': [
    "import test from 'node:test'\ntest('a', () => { throw new Error('x') })\n",
    ['ended with exit code 1'],
  ],
  'no test': ['', ['holds no test']],
  'a missing import': ["import './missing.mjs'\n", ['ended with exit code 1']],
  'a process left behind': [
    `${WELL}import { spawn } from 'node:child_process'
spawn('sleep', ['60.125'], { detached: true, stdio: 'ignore' }).unref()\n`,
    [/left processes behind: \d+ sleep 60\.125/],
  ],
  'an end of the whole process': [`${WELL}process.exit(0)\n`, ['holds no test']],
}

describe('test files in one process', () => {
  test('that pass are counted each', async () => {
    using tree = plant({ 'a.test.mjs': WELL, 'b.test.mjs': `${WELL}console.log('banyan')\n` })
    const results = await runTogether(['a.test.mjs', 'b.test.mjs'], { root: tree.root })
    const counts = results.map(({ file, tests, skipped, faults, output }) => [file, tests, skipped, faults, output])
    assert.deepEqual(counts, [
      ['a.test.mjs', 2, 1, [], ''],
      ['b.test.mjs', 2, 1, [], ''],
    ])
  })

  for (const [what, [text, expected]] of Object.entries(CASES)) {
    test(`${what} is the fault of its file alone`, async () => {
      using tree = plant({ 'a.test.mjs': WELL, 'b.test.mjs': text, 'c.test.mjs': WELL })
      const results = await runTogether(['a.test.mjs', 'b.test.mjs', 'c.test.mjs'], { root: tree.root })
      assert.deepEqual(
        results.map(({ tests }, index) => (index === 1 ? 2 : tests)),
        [2, 2, 2],
      )
      assert.deepEqual(
        results.map(({ faults }) => faults.length),
        [0, expected.length, 0],
      )
      for (const [index, fault] of expected.entries()) assert.match(results[1]!.faults[index]!, new RegExp(fault))
    })
  }
})
