import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

/** An installation in which every Node is too old for the command, with `ownNode` (a shell script) as the project's own. */
function install(ownNode: string | null) {
  const root = mkdtempSync(join(tmpdir(), 'banyan-bin-'))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), 0o755)
  }
  const source = readFileSync(join(import.meta.dirname, 'banyan.js'), 'utf8')
  assert.match(source, /const NODE_MAJOR = 24\n/)
  write('packages/banyan/bin/banyan.mjs', source.replace('const NODE_MAJOR = 24\n', 'const NODE_MAJOR = 999\n'))
  if (ownNode !== null) write('node_modules/node/bin/node', `#!/bin/sh\n${ownNode}\n`)
  return {
    script: join(root, 'packages/banyan/bin/banyan.mjs'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  }
}

function run(script: string, ...args: string[]) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, output: () => output, ended: once(child, 'close') as Promise<[number | null]> }
}

describe('banyan under a Node that is too old', () => {
  test('starts again with the project’s own Node, hands on arguments and exit code', async () => {
    using installation = install('echo "own node: $*"; exit 7')
    const { output, ended } = run(installation.script, 'start', '--port', '1')
    assert.deepEqual(await ended, [7, null])
    assert.match(output(), /own node: .*banyan\.mjs start --port 1/)
  })

  test('hands on the signal that ends it, and waits for the child to drain', async () => {
    using installation = install('trap "echo drained; exit 0" TERM; echo ready; while :; do sleep 0.05; done')
    const { child, output, ended } = run(installation.script, 'start')
    child.stdout.once('data', () => child.kill('SIGTERM'))
    assert.deepEqual(await ended, [0, null])
    assert.match(output(), /ready\s+drained/)
  })

  test('says what to do when there is none', async () => {
    using installation = install(null)
    const { output, ended } = run(installation.script, 'start')
    assert.deepEqual(await ended, [1, null])
    assert.match(output(), /Node 999 or later is needed, this is v\d+.*npm ci/)
  })
})
