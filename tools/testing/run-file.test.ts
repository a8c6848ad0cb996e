import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { plant } from '../walls/planted.ts'
import { runFile } from './run-file.ts'

const HEAD = "import test from 'node:test'\nimport { spawn } from 'node:child_process'\n"

async function run(body: string, timeoutMs = 20_000) {
  using tree = plant({ 'a.test.mjs': HEAD + body })
  return await runFile('a.test.mjs', { root: tree.root, timeoutMs })
}

describe('the test runner', () => {
  test('passes a file whose tests pass, and counts them', async () => {
    const result = await run("test('a', () => {})\ntest('b', () => {})\ntest.skip('c', () => {})\n")
    assert.deepEqual([result.faults, result.tests, result.skipped], [[], 3, 1])
  })

  test('reports a failing test, a file without tests, a file that cannot be loaded', async () => {
    assert.deepEqual((await run("test('a', () => { throw new Error('x') })\n")).faults, ['ended with exit code 1'])
    assert.deepEqual((await run('')).faults, ['holds no test'])
    assert.deepEqual((await run("import './missing.mjs'\n")).faults, ['ended with exit code 1'])
  })

  test('reports and ends a process that outlives its file, even one that has left its group and parent', async () => {
    const leave = "spawn('sleep', ['60.25'], { detached: true, stdio: 'ignore' }).unref()\n"
    const result = await run(`test('a', () => {})\n${leave}`)
    assert.equal(result.faults.length, 1)
    assert.match(result.faults[0]!, /left processes behind: \d+ sleep 60\.25/)
  })

  test('reports and ends a server that knows nothing of us but works in the temp folder', async () => {
    const leave = `const folder = mkdtempSync(tmpdir() + '/pg-')
spawn('sh', ['-c', 'sleep 60.5; : ' + folder], { detached: true, stdio: 'ignore', env: {} }).unref()
`
    const imports = "import { mkdtempSync } from 'node:fs'\nimport { tmpdir } from 'node:os'\n"
    const result = await run(`${imports}test('a', () => {})\n${leave}`)
    assert.match(result.faults[0]!, /left processes behind: \d+ sh -c sleep 60\.5/)
    assert.match(result.faults[1]!, /left files in its temp folder: pg-/)
  })

  test('ends a process that is stopped and known by the folder in which it works only', async () => {
    const leave = `const folder = mkdtempSync(tmpdir() + '/pg-')
const left = spawn('sleep', ['60.125'], { detached: true, stdio: 'ignore', env: {}, cwd: folder })
process.kill(left.pid, 'SIGSTOP')
left.unref()
`
    const imports = "import { mkdtempSync } from 'node:fs'\nimport { tmpdir } from 'node:os'\n"
    const result = await run(`${imports}test('a', () => {})\n${leave}`)
    assert.match(result.faults[0]!, /left processes behind: \d+ sleep 60\.125/)
  })

  test('reads to its end what a file wrote, however late', async () => {
    const many = "for (let i = 0; i < 1_000; i++) test('t' + i, () => {})\n"
    const results = await Promise.all([1, 2].map(() => run(many)))
    assert.deepEqual(
      results.map(({ tests, faults }) => [tests, faults]),
      results.map(() => [1_000, []]),
    )
  })

  test('ends a file when the run is called off, and all that it started', async () => {
    const calledOff = new AbortController()
    const start = "spawn('sleep', ['60.75'], { detached: true, stdio: 'ignore' }).unref()\n"
    const tell = "import { mkdirSync } from 'node:fs'\nmkdirSync('started')\nsetInterval(() => {}, 1000)\n"
    using tree = plant({ 'a.test.mjs': HEAD + start + tell })
    const running = runFile('a.test.mjs', { root: tree.root, signal: calledOff.signal })
    while (!existsSync(join(tree.root, 'started'))) await pause(10)
    calledOff.abort()
    const { faults } = await running
    assert.equal(faults[0], 'ended with SIGKILL')
    assert.match(faults[1]!, /left processes behind: \d+ sleep 60\.75/)
  })

  test('reports a file that does not end', async () => {
    const result = await run("test('a', () => {})\nsetInterval(() => {}, 1000)\n", 1500)
    assert.match(result.faults[0]!, /did not end within 1\.5 s/)
  })
})
