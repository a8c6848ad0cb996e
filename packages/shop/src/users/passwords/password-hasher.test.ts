import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { coreErrors, systemClock, systemRandom } from 'banyan/core'
import { refused } from '../../testing/refused.ts'
import { createPasswordHasher } from './password-hasher.ts'
import { createSlots } from './slots.ts'

const { signal } = new AbortController()

test('argon2id with 19 MiB, 2 passes, 1 lane and a salt of its own', async () => {
  const hasher = createPasswordHasher({ random: systemRandom })
  const [first, second] = await Promise.all([
    hasher.hash('correct horse', signal),
    hasher.hash('correct horse', signal),
  ])
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(first, second)
  assert.ok(await hasher.verify(first, 'correct horse', signal))
  assert.ok(!(await hasher.verify(first, 'correct horsf', signal)))
})

test('the same password typed as other code points is the same', async () => {
  const hasher = createPasswordHasher({ random: systemRandom })
  const composed = await hasher.hash('p\u00e4ssword', signal)
  assert.ok(await hasher.verify(composed, 'pa\u0308ssword', signal))
})

test('nobody’s password takes as long as somebody’s, and never matches', async () => {
  const hasher = createPasswordHasher({ random: systemRandom })
  const somebody = await hasher.hash('correct horse', signal)
  const times = { somebody: [] as number[], nobody: [] as number[] }
  // In turns, so that whatever else the machine does meets both.
  for (let round = 0; round < 25; round++) {
    times.somebody.push(await time(() => hasher.verify(somebody, 'wrong', signal)))
    times.nobody.push(await time(() => hasher.verify(null, 'wrong', signal)))
  }
  const ratio = median(times.nobody) / median(times.somebody)
  assert.ok(ratio > 0.7 && ratio < 1.4, `medians ${median(times.nobody)} and ${median(times.somebody)} ms`)
})

async function time(work: () => Promise<boolean>): Promise<number> {
  const startedAt = systemClock.monotonicMs()
  assert.equal(await work(), false)
  return systemClock.monotonicMs() - startedAt
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

test('so many tasks run, so many wait, the next is refused, and a slot is handed on in order', async () => {
  const inSlot = createSlots({ what: 'The test', maxRunning: 2, maxWaiting: 2 })
  const finish: (() => void)[] = []
  const started: number[] = []
  const run = (task: number) =>
    inSlot(() => {
      started.push(task)
      return new Promise<void>((resolve) => finish.push(resolve))
    }, signal)
  const tasks = [1, 2, 3, 4].map(run)
  await setImmediate()
  assert.deepEqual(started, [1, 2])
  await refused(run(5), coreErrors.OVERLOADED)
  finish[1]!()
  await tasks[1]
  await setImmediate()
  assert.deepEqual(started, [1, 2, 3])
  finish[0]!()
  await setImmediate()
  assert.deepEqual(started, [1, 2, 3, 4])
  finish.slice(2).forEach((end) => end())
  await Promise.all(tasks)
})

test('a failing task gives its slot back; who gives up while waiting leaves the queue', async () => {
  const inSlot = createSlots({ what: 'The test', maxRunning: 1, maxWaiting: 1 })
  await assert.rejects(
    inSlot(() => Promise.reject(new Error('boom')), signal),
    /boom/,
  )
  let finish = () => {}
  const running = inSlot(() => new Promise<void>((resolve) => (finish = resolve)), signal)
  const controller = new AbortController()
  const waiting = inSlot(async () => assert.fail('ran after it was given up'), controller.signal)
  controller.abort()
  await refused(waiting, coreErrors.CANCELLED)
  const next = inSlot(async () => 'ran', signal)
  finish()
  await running
  assert.equal(await next, 'ran')
  await refused(
    inSlot(async () => assert.fail('ran though aborted'), controller.signal),
    coreErrors.CANCELLED,
  )
})
