import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { coreErrors, FaultInjected, isError, noFaults, systemClock, systemRandom } from '../core/index.ts'
import { armProcess, type ArmProcessOptions } from './arm-process.ts'
import { platformSettings } from './settings/platform-settings.ts'
import { readSettings } from './settings/settings.ts'

const dataFolder = mkdtempSync(join(tmpdir(), 'armed-'))
after(() => rmSync(dataFolder, { recursive: true }))

const arm = (environment: Record<string, string>, mode: ArmProcessOptions['mode'] = 'serve') =>
  armProcess({
    mode,
    settings: readSettings(platformSettings, environment),
    dataFolder,
    processName: 'orders-1',
    clock: systemClock,
    random: systemRandom,
  })

test('nothing is armed unless the setting says so, and never for commands that look and mend', () => {
  assert.equal(arm({}), noFaults)
  assert.equal(arm({ BANYAN_FAULTS: 'command.claimed=exit' }, 'tools'), noFaults)
})

test('production refuses', () => {
  assert.throws(
    () => arm({ NODE_ENV: 'production', BANYAN_FAULTS: 'command.claimed=exit' }),
    (error) => isError(error, coreErrors.INVALID_OPTIONS),
  )
})

test('a fault acts once in a data folder, however many processes are armed, and leaves its proof first', async () => {
  const [one, other] = [1, 2].map(() => arm({ BANYAN_FAULTS: 'command.claimed(a)=throw' }))
  await assert.rejects(one!.reach('command.claimed', 'a'), FaultInjected)
  await other!.reach('command.claimed', 'a')
  const proof = JSON.parse(readFileSync(join(dataFolder, 'faults', '1'), 'utf8')) as Record<string, unknown>
  const { point, subject, action, process: name } = proof
  assert.deepEqual([point, subject, action, name], ['command.claimed', 'a', 'throw', 'orders-1'])
})
