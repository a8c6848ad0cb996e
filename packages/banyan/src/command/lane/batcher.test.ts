import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isError, coreErrors } from '../../core/index.ts'
import { createBatcher } from './batcher.ts'

interface Item {
  readonly name: string
  readonly caller: string | null
  readonly bytes: number
}

const item = (name: string, more: Partial<Item> = {}): Item => ({ name, caller: null, bytes: 1, ...more })

/** A batcher whose batches end when the test says so. */
function harness(limits: { maxItems?: number; maxBytes?: number; maxQueued?: number } = {}) {
  const batches: string[][] = []
  const ends: (() => void)[] = []
  const batcher = createBatcher<Item>({
    name: 'the queue of a test',
    ...limits,
    async run(items) {
      batches.push(items.map((one) => one.name))
      await new Promise<void>((resolve) => ends.push(resolve))
    },
  })
  return { batcher, batches, endBatch: async () => (ends.shift()!(), await nextTurn()) }
}

test('what comes in one turn shares a batch; what comes while it runs shares the next', async () => {
  const { batcher, batches, endBatch } = harness()
  for (const name of ['a', 'b']) batcher.add(item(name))
  await nextTurn()
  for (const name of ['c', 'd', 'e']) batcher.add(item(name))
  await nextTurn()
  assert.deepEqual(batches, [['a', 'b']], 'the second batch waits for the first')
  await endBatch()
  assert.deepEqual(batches, [
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
  await endBatch()
  await batcher.drain()
})

test('a batch is bounded in items and in bytes, and one oversized item still goes', async () => {
  const { batcher, batches, endBatch } = harness({ maxItems: 2, maxBytes: 10 })
  for (const [name, bytes] of [
    ['a', 1],
    ['b', 1],
    ['c', 50],
    ['d', 6],
    ['e', 6],
  ] as const)
    batcher.add(item(name, { bytes }))
  await nextTurn()
  for (let batch = 0; batch < 4; batch++) await endBatch()
  assert.deepEqual(batches, [['a', 'b'], ['c'], ['d'], ['e']])
})

test('a full queue refuses, and one caller fills at most a quarter of it', async () => {
  const { batcher } = harness({ maxQueued: 8 })
  const overloaded = (error: unknown) => isError(error, coreErrors.OVERLOADED)
  for (const name of ['a', 'b']) batcher.add(item(name, { caller: 'user:1' }))
  assert.throws(() => batcher.add(item('c', { caller: 'user:1' })), overloaded)
  for (let index = 0; index < 6; index++) batcher.add(item(`other ${index}`))
  assert.throws(() => batcher.add(item('one too many')), overloaded)
})

test('an item that still waits can be taken back; one at the database cannot', async () => {
  const { batcher, batches, endBatch } = harness()
  const [first, second] = [item('first'), item('second', { caller: 'user:1' })]
  batcher.add(first)
  await nextTurn()
  batcher.add(second)
  assert.equal(batcher.remove(first), false)
  assert.equal(batcher.remove(second), true)
  await endBatch()
  assert.deepEqual(batches, [['first']])
})
