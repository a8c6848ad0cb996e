import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../observe/index.ts'
import { createOutageLog } from './outage-log.ts'
import { createSimulatedClock } from './simulated-clock.fixture.ts'

const AWAY = "service 'store' cannot be reached"
const BACK = "service 'store' is back"

test('a service that starts later than its caller is not spoken of, one that never comes is, once', async () => {
  const { clock, log, lines } = record()
  await suffer(9_000)
  log.noteAnswer()
  await clock.advance(60_000)
  assert.deepEqual(lines, [])

  const other = record()
  for (let ms = 0; ms < 30_000; ms += 50) {
    other.log.noteOutage(new Error('nobody'))
    await other.clock.advance(50)
  }
  assert.deepEqual(other.lines, [AWAY])

  async function suffer(forMs: number): Promise<void> {
    for (let ms = 0; ms < forMs; ms += 50) {
      log.noteOutage(new Error('nobody'))
      await clock.advance(50)
    }
  }
})

test('an outage is told when it lasts a second, its end when answers have come for a second', async () => {
  const { clock, log, lines } = record()
  log.noteAnswer()
  log.noteOutage(new Error('gone'))
  await clock.advance(900)
  log.noteAnswer()
  await clock.advance(5_000)
  assert.deepEqual(lines, [], 'a moment is not told')
  log.noteOutage(new Error('gone'))
  await clock.advance(1_100)
  assert.deepEqual(lines, [AWAY])
  log.noteAnswer()
  await clock.advance(500)
  log.noteOutage(new Error('gone'))
  log.noteAnswer()
  await clock.advance(900)
  log.noteAnswer()
  assert.deepEqual(lines, [AWAY], 'one that comes and goes stays away')
  await clock.advance(200)
  log.noteAnswer()
  assert.deepEqual(lines, [AWAY, BACK])
})

test('whoever stops says nothing any more', async () => {
  const { clock, log, lines } = record()
  log.noteAnswer()
  log.noteOutage(new Error('gone'))
  log.stop()
  await clock.advance(60_000)
  assert.deepEqual([lines, clock.scheduled], [[], 0])
})

function record() {
  const clock = createSimulatedClock()
  const lines: string[] = []
  const note = (_: object, message: string) => void lines.push(message)
  return { clock, lines, log: createOutageLog('store', { ...silentLogger, warn: note, info: note }, clock) }
}
