import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { coreErrors, isError } from '../../core/index.ts'
import { createSimulatedClock, simulate } from '../../testing/index.ts'
import { createBatcher, type QueuedItem } from './batcher.ts'
import { createGate } from './gate.ts'

interface Item extends QueuedItem {
  readonly number: number
}

type Step =
  | { readonly do: 'add'; readonly caller: string | null; readonly bytes: number; readonly times: number }
  | { readonly do: 'remove'; readonly which: number }
  | { readonly do: 'end' | 'turn' }

const MAX = { maxItems: 5, maxBytes: 100, maxQueued: 16 }
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      caller: fc.constantFrom('ada', 'bob', null),
      bytes: fc.constantFrom(1, 30, 60, 250),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'turn' as const) }) },
)

test('whoever comes and goes: each item once, in order of arrival, one batch at a time, within every bound', async (t) => {
  let refusals = 0
  let batches = 0
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 60, size: 'max' }),
    fc.boolean(),
    async (steps, gated) => {
      let waiting: Item[] = []
      let running: (() => void) | null = null
      let number = 0
      const clock = createSimulatedClock()
      const batcher = createBatcher<Item>({
        name: 'the queue of a test',
        ...MAX,
        ...(gated && { gate: createGate({ clock, width: 1 }) }),
        async run(items) {
          batches++
          assert.equal(running, null, 'two batches at once')
          assert.deepEqual(items, waiting.slice(0, items.length), 'not in order of arrival')
          assert.ok(items.length >= 1 && items.length <= MAX.maxItems)
          assert.ok(items.length === 1 || sum(items) <= MAX.maxBytes)
          const next = waiting[items.length]
          const isFull = items.length === MAX.maxItems || !next || sum(items) + next.bytes > MAX.maxBytes
          assert.ok(isFull, 'one that fits was left behind')
          waiting = waiting.slice(items.length)
          await new Promise<void>((resolve) => (running = resolve))
          running = null
        },
      })

      const add = (caller: string | null, bytes: number) => {
        const mine = caller === null ? 0 : waiting.filter((item) => item.caller === caller).length
        const isRoom = waiting.length < MAX.maxQueued && mine < MAX.maxQueued / 4
        const item: Item = { caller, bytes, number: number++ }
        try {
          batcher.add(item)
          assert.ok(isRoom, 'more than a bound')
          waiting.push(item)
        } catch (error) {
          assert.ok(
            isError(error, coreErrors.OVERLOADED) && !isRoom,
            `refused, although there is room: ${String(error)}`,
          )
          refusals++
        }
      }
      for (const one of steps) {
        if (one.do === 'add') for (let time = 0; time < one.times; time++) add(one.caller, one.bytes)
        if (one.do === 'remove' && waiting.length > 0) {
          const item = waiting[one.which % waiting.length]!
          assert.ok(batcher.remove(item))
          assert.ok(!batcher.remove(item), 'taken back twice')
          waiting = waiting.filter((other) => other !== item)
        }
        if (one.do === 'turn') await nextTurn()
        if (one.do === 'end') endBatch()
      }
      let isDrained = false
      const drained = batcher.drain().then(() => (isDrained = true))
      for (let turns = 0; !isDrained; turns++) {
        assert.ok(turns < 1_000, `${waiting.length} items are never carried out`)
        endBatch()
        await nextTurn()
      }
      await drained
      assert.deepEqual([waiting, running], [[], null])

      function endBatch(): void {
        running?.()
      }
    },
  )
  await simulate(t, { name: 'command.batcher', runs: 300, property })
  assert.ok(batches > 1_000 && refusals > 1_000, `${batches} batches, ${refusals} refusals`)
})

function sum(items: readonly Item[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0)
}
