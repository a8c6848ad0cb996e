import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { openClocks } from './clocks.ts'

/** However it is asked: minutes ahead of the line it is asked with, and whether a timer of 20 ms has been one of less than a minute. */
const TELL = `
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const ahead = (ms) => Math.round((ms - Number(line)) / 60_000)
    const from = performance.now()
    setTimeout(() => {
      const isShort = performance.now() - from < 60_000
      const same = new Date(0).getTime() === 0 && new Date() instanceof Date
      console.log(JSON.stringify([ahead(Date.now()), ahead(new Date().getTime()), ahead(Date.parse(Date())), isShort, same]))
    }, 20)
  })`

test('the wall clock of one process jumps and comes back; timers and other processes do not notice', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan clocks '))
  const clocks = await openClocks({ folder, inherited: '--no-deprecation', clock: systemClock })
  const one = startTelling()
  const other = startTelling()
  assert.deepEqual(await one.tell(), [0, 0, 0, true, true])
  const readMs = await clocks.set(one.processId, 7 * 60_000)
  assert.equal(Math.round(readMs / 60_000), 7)
  assert.deepEqual(await one.tell(), [7, 7, 7, true, true])
  assert.deepEqual(await other.tell(), [0, 0, 0, true, true])
  await clocks.set(one.processId, -3 * 60_000)
  assert.deepEqual(await one.tell(), [-3, -3, -3, true, true])
  await clocks.set(one.processId, 0)
  assert.deepEqual(await one.tell(), [0, 0, 0, true, true])

  function startTelling() {
    const environment = { ...process.env, ...clocks.environment }
    const child = spawn(process.execPath, ['--eval', TELL], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })
    t.after(async () => {
      child.kill()
      await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    })
    return {
      processId: child.pid!,
      async tell() {
        const answer = once(lines, 'line') as Promise<[string]>
        child.stdin.write(`${Date.now()}\n`)
        return JSON.parse((await answer)[0]) as unknown
      },
    }
  }
})
