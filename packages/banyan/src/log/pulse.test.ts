import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPulse, type Pulse } from './pulse.ts'
import type { Clock } from '../core/index.ts'

/** A clock that stands still until told; due timers run in order. */
function createClock() {
  let now = 0
  let timers: { readonly at: number; readonly task: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    monotonicMs: () => now,
    sleep: () => Promise.reject(new Error('not used')),
    schedule(ms, task) {
      const timer = { at: now + ms, task }
      timers.push(timer)
      return () => void (timers = timers.filter((other) => other !== timer))
    },
  }
  return {
    clock,
    async advance(ms: number) {
      const end = now + ms
      for (;;) {
        const [next] = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)
        if (!next) break
        timers = timers.filter((timer) => timer !== next)
        now = next.at
        next.task()
        await settle()
      }
      now = end
    },
    get waiting() {
      return timers.length
    },
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

function setUp(pauses: readonly (number | null | Error)[]) {
  const time = createClock()
  const beats: number[] = []
  const pulse: Pulse = createPulse({
    clock: time.clock,
    minIntervalMs: 5,
    async beat() {
      const pause = pauses[beats.length] ?? null
      beats.push(time.clock.monotonicMs())
      if (pause instanceof Error) throw pause
      return pause
    },
    onError: () => 50,
  })
  return { time, beats, pulse }
}

test('beats at the pace that each beat asks for, until one asks for none', async () => {
  const { time, beats, pulse } = setUp([20, 20, null])
  pulse.beatSoon(0)
  await settle()
  await time.advance(200)
  assert.deepEqual([beats, time.waiting], [[0, 20, 40], 0])
})

test('whoever is in a hurry brings the next beat forward, but not below the least interval', async () => {
  const { time, beats, pulse } = setUp([20, null, null])
  pulse.beatSoon(0)
  await settle()
  await time.advance(2)
  pulse.beatSoon(0)
  pulse.beatSoon(0)
  await time.advance(100)
  assert.deepEqual(beats, [0, 5])
})

test('a beat that fails goes on after the pause for failures, and tells whoever waits for it', async () => {
  const { time, beats, pulse } = setUp([new Error('gone'), 20, null])
  await assert.rejects(pulse.beatNow(), /gone/)
  await time.advance(100)
  assert.deepEqual(beats, [0, 50, 70])
})

test('those who ask while a beat runs share the one after it', async () => {
  const { beats, pulse } = setUp([])
  await Promise.all([pulse.beatNow(), pulse.beatNow(), pulse.beatNow()])
  assert.equal(beats.length, 2)
})

test('after a stop nothing beats any more; stopping twice is the same', async () => {
  const { time, beats, pulse } = setUp([20, 20])
  pulse.beatSoon(0)
  await settle()
  await pulse.stop()
  await pulse.stop()
  pulse.beatSoon(0)
  await time.advance(100)
  assert.deepEqual([beats, time.waiting], [[0], 0])
})
