import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors, isError } from 'banyan/core'
import { createGatherer } from './gather.ts'

test('one tick shares a batch; what comes in meanwhile goes with the next; answers find their callers', async () => {
  const batches: number[][] = []
  const ask = createGatherer<number, number>({
    what: 'the queue',
    maxItems: 3,
    async run(items) {
      batches.push([...items])
      if (batches.length === 1) late.push(ask(10), ask(11))
      return items.map((item) => item * 2)
    },
  })
  const late: Promise<number>[] = []
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map(ask)), [2, 4, 6, 8])
  assert.deepEqual(await Promise.all(late), [20, 22])
  assert.deepEqual(batches, [
    [1, 2, 3],
    [4, 10, 11],
  ])
})

test('a batch that fails fails its own items only', async () => {
  const ask = createGatherer<number, number>({
    what: 'the queue',
    maxItems: 1,
    run: async ([item]) => (item === 2 ? Promise.reject(new Error('no')) : [item!]),
  })
  const results = await Promise.allSettled([1, 2, 3].map(ask))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('the queue is bounded', async () => {
  const ask = createGatherer<number, number>({ what: 'the queue', maxWaiting: 2, run: async (items) => [...items] })
  const kept = [ask(1), ask(2)]
  await assert.rejects(ask(3), (error) => isError(error, coreErrors.OVERLOADED))
  assert.deepEqual(await Promise.all(kept), [1, 2])
})
