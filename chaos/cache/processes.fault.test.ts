import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const FAULTS = [
  'first shop killed',
  'second shop killed',
  'PostgreSQL killed',
  'Redis killed',
  'Redis frozen',
  'Redis flushed',
  'Redis full',
  'Redis cut off',
]

test('two real shops, killed one after the other beside their PostgreSQL and Redis, show nothing wrong', async (context) => {
  const file = fileURLToPath(new URL('processes.ts', import.meta.url))
  const { stdout } = await run(process.execPath, [file, '4000'])
  assert.match(stdout, /wrong: 0/)
  for (const fault of FAULTS) assert.match(stdout, new RegExp(`${fault} [1-9]`), 'the fault happened')
  context.diagnostic(stdout)
})
