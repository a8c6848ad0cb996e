import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors } from '../core/index.ts'
import { createFailureLog } from './failure-log.ts'
import { silentLogger } from './logger.ts'

test('work that fails again and again is named once, and once more when it works', () => {
  const { lines, log } = record()
  log.worked()
  for (let round = 0; round < 3; round++) log.failed(new Error('disk'))
  log.worked()
  log.worked()
  log.failed(new Error('disk'))
  assert.deepEqual(lines, ['warn fails orders', 'info works orders', 'warn fails orders'])
})

test('a dependency that is away is named by whoever reaches for it, and its return too', () => {
  const { lines, log } = record()
  log.failed(coreErrors.UNAVAILABLE({ what: 'The database' }))
  log.worked()
  assert.deepEqual(lines, [])
  log.failed(coreErrors.UNAVAILABLE({ what: 'The database' }))
  log.failed(new Error('a fault of another kind, meanwhile'))
  assert.deepEqual(lines, ['warn fails orders'])
})

function record() {
  const lines: string[] = []
  const note = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${(fields as { log: string }).log}`)
  const logger = { ...silentLogger, warn: note('warn'), info: note('info') }
  return { lines, log: createFailureLog({ logger, fails: 'fails', works: 'works', fields: { log: 'orders' } }) }
}
