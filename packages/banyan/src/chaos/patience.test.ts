import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../core/index.ts'
import { createPatience } from './patience.ts'

test('a machine that stands still for minutes uses up two seconds of patience, time that passes all of it', () => {
  let nowMs = 0
  const patience = createPatience({ ...systemClock, monotonicMs: () => nowMs }, 10_000)
  nowMs += 300_000
  assert.equal(patience.isOver(), false)
  for (let second = 1; second <= 8; second++) {
    nowMs += 1_000
    assert.equal(patience.isOver(), false)
  }
  nowMs += 1
  assert.equal(patience.isOver(), true)
})
