import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../observe/index.ts'
import { createSimulatedClock } from '../testing/index.ts'
import { createRefusalLog } from './refusal-log.ts'

test('a thousand requests that meet one outage are two lines: the first, and how many there were', async () => {
  const { clock, log, lines } = record()
  for (let request = 0; request < 1_000; request++) {
    log.refused('data.UNAVAILABLE', { requestId: String(request) })
    await clock.advance(20)
    log.settle(clock.monotonicMs())
  }
  assert.deepEqual(lines, [{ requestId: '0', code: 'data.UNAVAILABLE' }])
  await clock.advance(9_900)
  log.settle(clock.monotonicMs())
  assert.equal(log.isOpen, true, 'it may go on')
  await clock.advance(100)
  log.settle(clock.monotonicMs())
  assert.deepEqual(lines.slice(1), [{ code: 'data.UNAVAILABLE', requests: 1_000, forMs: 19_980 }])
  assert.equal(log.isOpen, false)
})

test('kinds are told apart, a lone refusal has no end, and the next outage is told again', async () => {
  const { clock, log, lines } = record()
  log.refused('api.OVERLOADED', {})
  log.refused('data.UNAVAILABLE', {})
  await clock.advance(10_000)
  log.settle(clock.monotonicMs())
  log.refused('api.OVERLOADED', {})
  assert.deepEqual(
    lines.map(({ code }) => code),
    ['api.OVERLOADED', 'data.UNAVAILABLE', 'api.OVERLOADED'],
  )
})

function record() {
  const lines: Record<string, unknown>[] = []
  const note = (fields: object) => void lines.push({ ...fields })
  const clock = createSimulatedClock()
  return { clock, lines, log: createRefusalLog({ logger: { ...silentLogger, warn: note, info: note }, clock }) }
}
