import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { coreErrors, type Clock } from '../core/index.ts'
import { createCallWatch, type WatchedCall } from './call-watch.ts'

/** Time that the test moves; tasks run when it passes them. */
function createSteppedClock(): Clock & { advance(ms: number): void; scheduled(): number } {
  let nowMs = 0
  let tasks: { readonly atMs: number; readonly task: () => void }[] = []
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => Promise.reject(new Error('not used')),
    schedule(ms, task) {
      const entry = { atMs: nowMs + ms, task }
      tasks.push(entry)
      return () => (tasks = tasks.filter((one) => one !== entry))
    },
    scheduled: () => tasks.length,
    advance(ms) {
      nowMs += ms
      const due = tasks.filter(({ atMs }) => atMs <= nowMs)
      tasks = tasks.filter(({ atMs }) => atMs > nowMs)
      for (const { task } of due) task()
    },
  }
}

const NEVER = new AbortController().signal

function watched(deadlineAtMs: number, ended: string[], name: string): WatchedCall {
  return { caller: NEVER, deadlineAtMs, index: -1, expire: (error) => ended.push(`${name} ${error.code}`) }
}

test('each call ends once, at its own time, and nothing is scheduled while nothing runs', () => {
  const clock = createSteppedClock()
  const watch = createCallWatch(clock)
  const ended: string[] = []
  const abort = new AbortController()
  assert.equal(clock.scheduled(), 0)
  watch.add(watched(25, ended, 'a'))
  watch.add({ ...watched(1_000, ended, 'b'), caller: abort.signal })
  const answered = watched(25, ended, 'c')
  watch.add(answered)
  assert.equal(clock.scheduled(), 1)
  watch.remove(answered)
  for (let elapsedMs = 0; elapsedMs < 50; elapsedMs += 10) clock.advance(10)
  assert.deepEqual(ended, [`a ${coreErrors.DEADLINE_EXCEEDED.code}`])
  abort.abort()
  clock.advance(10)
  assert.deepEqual(ended.slice(1), [`b ${coreErrors.CANCELLED.code}`])
  clock.advance(10)
  assert.equal(clock.scheduled(), 0)
})

test('in any order of additions, answers and deadlines, exactly the unanswered calls expire', () => {
  const step = fc.record({
    deadlineMs: fc.integer({ min: 1, max: 80 }),
    answeredAfter: fc.option(fc.integer({ min: 0, max: 90 })),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clock = createSteppedClock()
      const watch = createCallWatch(clock)
      const ended: string[] = []
      const calls = steps.map(({ deadlineMs }, index) => watched(deadlineMs, ended, String(index)))
      for (const call of calls) watch.add(call)
      for (let nowMs = 0; nowMs < 100; nowMs++) {
        for (const [index, { answeredAfter }] of steps.entries())
          if (answeredAfter === nowMs) watch.remove(calls[index]!)
        clock.advance(1)
      }
      // The sweep runs every 10 ms: an answer up to that late still counts.
      const expected = steps.flatMap(({ deadlineMs, answeredAfter }, index) => {
        const sweptAtMs = Math.ceil(deadlineMs / 10) * 10
        return answeredAfter === null || answeredAfter >= sweptAtMs
          ? [`${index} ${coreErrors.DEADLINE_EXCEEDED.code}`]
          : []
      })
      assert.deepEqual(ended.toSorted(), expected.toSorted())
    }),
    { numRuns: 300 },
  )
})
