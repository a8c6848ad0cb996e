import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '../core/index.ts'
import type { Clock } from '../core/index.ts'
import { createMetrics } from '../observe/index.ts'
import { createApplicationCache } from './application-cache.ts'
import { createCachedOperation } from './cached-operation.ts'

const operation = createCachedOperation('shop.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: ({ id }: { id: string }) => [`product-${id}`],
  application: { strategy: { kind: 'event', invalidatedBy: { 'shop.changed.v1': () => [] } }, maxAgeSeconds: 3_600 },
})

const LOG = 'shop/0/1'

/** One product that versions and positions of the log count; the log is heard of late, and read up to there in order. */
function createWorld(s: fc.Scheduler, ofRows: boolean) {
  const state = { version: 1, heard: 1 }
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    sleep: async () => undefined,
    schedule: () => () => undefined,
  }
  const cache = createApplicationCache({
    clock,
    random: systemRandom,
    metrics: createMetrics(),
    known: () => ({ [LOG]: state.heard }),
  })
  const faults: string[] = []
  const key = operation.keyOf({ id: '7' })

  /** The database is looked at some time after the question, and the answer comes some time after that. */
  async function fill() {
    await s.schedule(Promise.resolve(), 'the question travels')
    const versions = `p${state.version}`
    await s.schedule(Promise.resolve(), 'the answer travels')
    return { data: Buffer.from(versions), versions, changedAt: null }
  }

  async function read(least: number, who: string): Promise<void> {
    const asked = { operation, key, input: { id: '7' }, after: {} }
    const entry = cache.find(asked, 0) ?? (await cache.load({ ...asked, fill })).entry
    const seen = Number(entry.answer.versions!.slice(1))
    if (seen < least) faults.push(`${who} saw ${seen}, but ${least} was known to it before it asked`)
  }

  async function write(mode: 'write' | 'write-through'): Promise<void> {
    const start = cache.beginWrite(['product-7'])
    await s.schedule(Promise.resolve(), 'the command travels')
    state.version += 1
    const versions = `p${state.version}`
    const written = state.version
    await s.schedule(Promise.resolve(), 'the outcome travels')
    const answer = { data: Buffer.from(versions), versions, changedAt: null }
    const brought = mode === 'write-through' ? cache.write({ operation, input: { id: '7' }, answer, start }) : null
    cache.invalidate(['product-7'], { kind: 'write', brought })
    await read(written, 'the writer')
  }

  /** Somebody writes past this gateway; the log tells of it in time. */
  async function writeElsewhere(): Promise<void> {
    state.version += 1
    await s.schedule(Promise.resolve(), 'the log is behind')
    hear()
    await read(state.heard, 'a reader after the event')
  }

  function hear(): void {
    while (state.heard < state.version) {
      state.heard += 1
      const row = { name: 'p', version: state.heard }
      cache.invalidate(['product-7'], { kind: 'event', log: LOG, position: state.heard, ...(ofRows ? { row } : {}) })
    }
  }

  return { state, cache, key, faults, read, write, writeElsewhere, hear }
}

const Step = fc.constantFrom('read', 'write', 'write-through', 'write elsewhere', 'clear')

test('no old fill lands over or after a newer value; who wrote sees it; at quiet what is kept is true', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(Step, { minLength: 2, maxLength: 14 }),
      fc.boolean(),
      async (s, steps, ofRows) => {
        const world = createWorld(s, ofRows)
        const { state, cache, key, faults, read, write, writeElsewhere } = world
        const run = steps.map(async (step) => {
          await s.schedule(Promise.resolve(), step)
          if (step === 'read') await read(0, 'a reader')
          else if (step === 'clear') cache.clear()
          else if (step === 'write elsewhere') await writeElsewhere()
          else await write(step)
        })
        await s.waitFor(Promise.all(run))
        world.hear()
        const kept = cache.memory.find(key)?.answer.versions ?? null
        assert.deepEqual(faults, [])
        assert.ok(kept === null || kept === `p${state.version}`, `kept is ${kept}, true is p${state.version}`)
      },
    ),
    { numRuns: 500 },
  )
})
