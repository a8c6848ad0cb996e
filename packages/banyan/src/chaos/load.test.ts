import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock as clock } from '../core/index.ts'
import type { OpenWorkload } from '../runtime/index.ts'
import { startLoad } from './load.ts'

describe('visits that are not allowed yet', () => {
  test('begin once they are, and not before', async () => {
    const begun: number[] = []
    const load = open({ visit: async (index) => (begun.push(index), SUCCESS) })
    const running = load.run()
    await turn()
    assert.deepEqual([begun, load.ended, load.isOver], [[0, 1, 2, 3, 4, 5, 6], 7, false])
    load.allow(Infinity)
    await running
    assert.deepEqual([begun.length, load.succeeded, load.isOver], [10, 10, true])
  })

  test('begin no more once the run is called off', async () => {
    const calledOff = new AbortController()
    const load = open({ visit: async () => SUCCESS, signal: calledOff.signal })
    const running = load.run()
    await turn()
    calledOff.abort()
    await running
    assert.deepEqual([load.ended, load.isOver], [7, true])
  })

  test('do not hold up a run that ends because so much is wrong', async () => {
    const complaints = Array.from({ length: 50 }, () => 'wrong')
    const load = open({ visit: async () => ({ ...SUCCESS, complaints }) })
    await load.run()
    assert.equal(load.isOver, true)
  })
})

const SUCCESS = { succeeded: true, answers: [], complaints: [] }

interface Wanted {
  readonly visit: OpenWorkload['visit']
  readonly signal?: AbortSignal
}

function open({ visit, signal = new AbortController().signal }: Wanted) {
  const load = startLoad({ workload: { visit }, visits: 10, atOnce: 2, clock, signal })
  load.allow(7)
  return load
}

/** Everything that needs no time has happened. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
