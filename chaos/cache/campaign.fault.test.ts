import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

test('a short campaign: three gateways, writers, and a Redis in every kind of trouble', async () => {
  const file = fileURLToPath(new URL('run.ts', import.meta.url))
  const { stdout } = await run(process.execPath, [file, '20000'])
  assert.match(stdout, /wrong: 0/)
  assert.match(stdout, /killed \d+, frozen \d+, flushed \d+, full \d+, cut off \d+/, 'the faults happened')
})
