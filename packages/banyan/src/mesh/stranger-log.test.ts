import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../observe/index.ts'
import { meshErrors } from './mesh-errors.ts'
import { createSimulatedClock } from './simulated-clock.fixture.ts'
import { createStrangerLog } from './stranger-log.ts'

test('each kind of stranger is named once, and after ten minutes once more, with how many there were', async () => {
  const clock = createSimulatedClock()
  const lines: (number | undefined)[] = []
  const warn = (fields: object) => void lines.push((fields as { untold?: number }).untold)
  const log = createStrangerLog({ ...silentLogger, warn }, clock)
  for (let knock = 0; knock < 600; knock++) {
    log.refused(meshErrors.UNTRUSTED_CALLER({ fault: 'its token is forged' }))
    log.refused(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
    await clock.advance(1_000)
  }
  assert.deepEqual(lines, [undefined, undefined])
  log.refused(meshErrors.UNTRUSTED_CALLER({ fault: 'its token is forged' }))
  assert.deepEqual(lines.slice(2), [599])
})

test('whoever shows another name each time fills neither the log nor the memory', () => {
  let lines = 0
  const log = createStrangerLog({ ...silentLogger, warn: () => void lines++ }, createSimulatedClock())
  for (let knock = 0; knock < 10_000; knock++) log.refused(meshErrors.UNTRUSTED_CALLER({ fault: `it is ${knock}` }))
  assert.equal(lines, 51)
})

test('a kind that was known before there were too many stays one of its own', async () => {
  const clock = createSimulatedClock()
  let lines = 0
  const log = createStrangerLog({ ...silentLogger, warn: () => void lines++ }, clock)
  const knock = (number: number) => log.refused(meshErrors.UNTRUSTED_CALLER({ fault: `it is ${number}` }))
  for (let number = 0; number < 60; number++) knock(number)
  await clock.advance(600_000)
  for (const number of [60, 0]) knock(number)
  assert.equal(lines, 51 + 2)
})
