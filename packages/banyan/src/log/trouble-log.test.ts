import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors } from '../core/index.ts'
import { silentLogger } from '../observe/index.ts'
import { createTroubleLog } from './trouble-log.ts'

const FAILS = 'log cannot be read, trying again'
const WORKS = 'log can be read again'

test('a producer that is stopped lets reads time out, then is away: that is its wire’s to say', () => {
  const { log, lines } = record()
  for (let read = 0; read < 4; read++) log.failed(coreErrors.DEADLINE_EXCEEDED())
  for (let read = 0; read < 100; read++) log.failed(coreErrors.UNAVAILABLE({ what: 'products' }))
  for (let read = 0; read < 4; read++) log.failed(coreErrors.DEADLINE_EXCEEDED())
  log.worked()
  assert.deepEqual(lines, [])
})

test('one that only ever answers too late is told, once, and once more when it answers in time', () => {
  const { log, lines } = record()
  for (let read = 0; read < 100; read++) log.failed(coreErrors.DEADLINE_EXCEEDED())
  log.worked()
  log.failed(coreErrors.DEADLINE_EXCEEDED())
  assert.deepEqual(lines, [FAILS, WORKS])
})

test('any other failure is told at once', () => {
  const { log, lines } = record()
  log.failed(new Error('relation "events" does not exist'))
  log.failed(coreErrors.DEADLINE_EXCEEDED())
  log.worked()
  assert.deepEqual(lines, [FAILS, WORKS])
})

function record() {
  const lines: string[] = []
  const note = (_: object, message: string) => void lines.push(message)
  const logger = { ...silentLogger, warn: note, info: note }
  return { lines, log: createTroubleLog(logger, { producer: 'products', shard: 0, epoch: 1 }) }
}
