import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../observe/index.ts'
import { createSlowLog } from './slow-log.ts'

test('ten slow requests in ten seconds have a line each; the next line says how many had none', () => {
  const lines: object[] = []
  const log = createSlowLog({ ...silentLogger, warn: (fields: object) => void lines.push(fields) })
  for (let request = 0; request < 500; request++) log.slow({ request }, request * 10)
  assert.deepEqual(
    lines,
    Array.from({ length: 10 }, (_, request) => ({ request })),
  )
  log.slow({ request: 'later' }, 10_000)
  log.slow({ request: 'last' }, 10_001)
  assert.deepEqual(lines.slice(10), [{ request: 'later', untold: 490 }, { request: 'last' }])
})
