import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

// Lines until nobody reads any more; it says so whenever it has to wait.
const WRITER = `
  const { isOutputClosed, printLine, tolerateBrokenPipes } = await import(process.env.OUTPUT)
  tolerateBrokenPipes()
  while (!isOutputClosed()) {
    const printed = printLine('x'.repeat(100_000))
    if (process.stdout.writableNeedDrain) process.send('waits')
    await printed
  }
  process.disconnect()`

test('a reader that goes away while a line waits for it is no fault', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', WRITER], {
    env: { ...process.env, OUTPUT: new URL('./output.ts', import.meta.url).href },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  child.stdout!.destroy()
  const [exitCode] = (await once(child, 'exit')) as [number]
  assert.equal(exitCode, 0)
})
