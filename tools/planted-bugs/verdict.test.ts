import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runFile } from '../testing/run-file.ts'
import { plant } from '../walls/planted.ts'
import { parseBug, type WantedTest } from './bug.ts'
import { judge } from './verdict.ts'

const HEAD = "import test from 'node:test'\nimport assert from 'node:assert'\n"
const WANTED: WantedTest = { file: 'a.test.mjs', test: 'sums (of two)' }
const FAILS = "test('sums (of two)', () => assert.equal(1, 2))\n"

async function verdictOn(body: string, timeoutMs = 20_000) {
  using tree = plant({ 'a.test.mjs': HEAD + body })
  const result = await runFile('a.test.mjs', { root: tree.root, timeoutMs, only: [WANTED.test] })
  return judge({ caughtBy: [WANTED] }, [result])
}

describe('a planted bug', () => {
  test('is caught by an assertion of the named test, also one inside a property or a group', async () => {
    assert.deepEqual(await verdictOn(FAILS), { isCaught: true, says: 'a.test.mjs: sums (of two)' })
    const wrapped = "try { assert.ok(false) } catch (cause) { throw new Error('Property failed', { cause }) }"
    assert.ok((await verdictOn(`test('sums (of two)', () => { ${wrapped} })\n`)).isCaught)
    assert.ok((await verdictOn(`test.suite('group', () => { ${FAILS} })\n`)).isCaught)
  })

  test('is not caught by a test that passes, stumbles, hangs, or cannot be loaded', async () => {
    const missed = async (body: string, timeoutMs?: number) => {
      const { isCaught, says } = await verdictOn(body, timeoutMs)
      assert.ok(!isCaught)
      return says
    }
    assert.match(await missed("test('sums (of two)', () => {})\n"), /'sums \(of two\)' passed/)
    assert.match(await missed("test('sums (of two)', () => null.x)\n"), /no assertion: TypeError/)
    assert.match(await missed(`import './missing.mjs'\n${FAILS}`), /passed; .*exit code 1|passed; failed/)
    assert.match(await missed(`${FAILS}setInterval(() => {}, 1000)\n`, 1_500), /did not end within 1\.5 s/)
    assert.match(await missed("test('another', () => assert.ok(false))\n"), /passed/)
  })

  test('says what it is above its patch, and every line that is missing is named', () => {
    const lines = ['Bug: a name', 'Breaks: a thing', 'Invariants: I1, I2', 'Caught-by: a.test.ts > sums: two > one']
    const patch = (head: readonly string[]) => `${head.join('\n')}\n\n--- a/b.ts\n+++ b/b.ts\n@@ -1 +1 @@\n-1\n+2\n`
    const bug = parseBug('chaos/planted/07-a-name.patch', patch(lines))
    assert.deepEqual([bug.number, bug.invariants, bug.files], [7, ['I1', 'I2'], ['b.ts']])
    assert.deepEqual(bug.caughtBy, [{ file: 'a.test.ts', test: 'sums: two > one' }])
    for (const line of lines) {
      const name = line.split(':')[0]!
      const without = lines.filter((one) => one !== line)
      assert.throws(() => parseBug('chaos/planted/07-a-name.patch', patch(without)), new RegExp(`'${name}: `))
    }
    assert.throws(() => parseBug('chaos/planted/a.patch', patch(lines)), /NN-some-words/)
  })
})
