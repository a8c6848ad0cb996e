import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { createSeededRandom, systemClock } from '../core/index.ts'
import type { Scene } from './faults/fault.ts'
import { killProcess } from './faults/kill-process.ts'
import { childrenOf } from './processes.ts'
import { createSystem, type System } from './system.ts'
import { waitFor } from './wait-for.ts'

/** Ready at once in its first life; later only where a file says so. */
const APP = `
  const { existsSync, writeFileSync } = require('node:fs')
  const [folder] = process.argv.slice(1)
  const isFirst = !existsSync(folder + '/begun')
  writeFileSync(folder + '/begun', '')
  if (isFirst || existsSync(folder + '/comes-back')) console.log('ready http://127.0.0.1:1 (test, 1 ms)')
  setInterval(() => {}, 1_000)`

describe('a system', () => {
  test('that was stopped is started again, one that was closed is not', async (t) => {
    const { system, folder } = await open(t)
    await writeFile(join(folder, 'comes-back'), '')
    await system.start()
    await system.stop()
    await system.start()
    await system.close()
    await assert.rejects(system.start(), /the run is over/)
    assert.deepEqual(await childrenOf(process.pid), [])
  })

  test('that is closed while a fault is being healed leaves no process behind', async (t) => {
    const { system } = await open(t)
    await system.start()
    const first = system.processId
    const healing = killProcess.inject({
      system,
      random: createSeededRandom(1),
      clock: systemClock,
    } as unknown as Scene)
    const calledOff = assert.rejects(healing, /the run is over/)
    await waitFor({ clock: systemClock, what: 'its second life' }, () => system.processId !== first || null)
    await system.close()
    await calledOff
    assert.deepEqual(await childrenOf(process.pid), [])
  })
})

async function open(t: TestContext): Promise<{ system: System; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-system-'))
  const system = createSystem({
    program: [process.execPath, '--eval', APP, folder],
    environment: process.env,
    dataFolder: folder,
    isFleet: false,
    logFile: join(folder, 'app.log'),
    clock: systemClock,
  })
  t.after(async () => {
    await system.close()
    await rm(folder, { recursive: true })
  })
  return { system, folder }
}
