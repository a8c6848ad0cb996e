import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Positions } from '../../contract/index.ts'
import { systemRandom as random, type Clock } from '../../core/index.ts'
import { createMetrics } from '../../observe/index.ts'
import { simulate } from '../../testing/index.ts'
import { createCachedOperation } from '../cached-operation.ts'
import { MAX_FILL_MS, type CacheLayer, type Cause, type Kept } from '../layer.ts'
import { createMemoryLayer } from '../memory/memory-layer.ts'
import { createCircuit } from '../redis/circuit.ts'
import { createSharedReads } from './shared-layer-reads.ts'

const LOG = 'shop/0/1'
const HOUR_MS = 3_600_000

const operation = createCachedOperation('shop.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: ({ id }: { id: string }) => [`product-${id}`],
  application: { strategy: { kind: 'event', invalidatedBy: { 'shop.changed.v1': () => [] } }, maxAgeSeconds: 3_600 },
})
const place = { key: operation.keyOf({ id: '7' }), tags: ['product-7'] }

type Fault = 'none' | 'away' | 'answer lost'

/** A layer that two gateways share, each by a way of its own that may fail. Nothing grows old by itself within a run. */
function createWorld(s: fc.Scheduler, ofRows: boolean) {
  const state = { version: 1, nowMs: 0 }
  const clock: Clock = {
    now: () => state.nowMs,
    monotonicMs: () => state.nowMs,
    async sleep(ms) {
      await s.schedule(Promise.resolve(), 'waits')
      state.nowMs += ms
    },
    schedule: () => () => undefined,
  }
  const layer = createMemoryLayer({ maxBytes: 1_000_000, clock })
  const gateways = [0, 1].map(() => createGateway())

  function createGateway() {
    const own = { fault: 'none' as Fault, heard: 1, told: 1 }
    const known = (): Positions => ({ [LOG]: own.heard })
    const shared = createSharedReads({
      layer: through(own),
      circuit: createCircuit({ clock, metrics: createMetrics() }),
      clock,
      random,
      maxKeptMs: HOUR_MS,
      known,
    })

    return { own, read, write, hear }

    async function read(): Promise<{ version: number; source: string; due: number }> {
      const due = own.told
      const { kept, source } = await shared.read({ operation, place, after: {} }, fill)
      return { version: Number(kept.answer.versions!.slice(1)), source, due }
    }

    async function fill(): Promise<Kept> {
      const includes = known()
      const versions = `p${state.version}`
      await s.schedule(Promise.resolve(), 'the answer travels')
      const answer = { data: Buffer.from(versions), versions, changedAt: null }
      return { place, answer, includes, ageMs: 0, freshForMs: HOUR_MS, staleForMs: 0, fillMs: 1 }
    }

    function write(): void {
      own.told = ++state.version
      shared.invalidate(place.tags, { kind: 'write', brought: null })
    }

    function hear(): void {
      if (own.heard === state.version) return
      const position = ++own.heard
      own.told = Math.max(own.told, position)
      const cause: Cause = { kind: 'event', log: LOG, position }
      shared.invalidate(place.tags, ofRows ? { ...cause, row: { name: 'p', version: position } } : cause)
    }
  }

  function through(way: { readonly fault: Fault }): CacheLayer {
    const asked = async <T>(ask: () => T | Promise<T>): Promise<T> => {
      const { fault } = way
      await s.schedule(Promise.resolve(), 'to the layer')
      if (fault === 'away') throw new Error('away')
      const answer = await ask()
      if (fault === 'answer lost') throw new Error('lost')
      return answer
    }
    return {
      open: (...args) => asked(() => layer.open(...args)),
      store: (...args) => asked(() => layer.store(...args)),
      release: (...args) => asked(() => layer.release(...args)),
      invalidate: (...args) => asked(() => layer.invalidate(...args)),
      beginWrite: (...args) => asked(() => layer.beginWrite(...args)),
      clear: () => asked(() => layer.clear()),
    }
  }

  return { state, gateways }
}

type World = ReturnType<typeof createWorld>

const Step = fc.record({
  act: fc.constantFrom('read', 'read', 'write', 'hear', 'a second'),
  by: fc.nat({ max: 1 }),
  /** What becomes of all that this gateway asks of the layer until its next step. */
  fault: fc.constantFrom<Fault>('none', 'none', 'none', 'away', 'answer lost'),
  /** How many of those on their way arrive after this step. */
  arrive: fc.nat({ max: 8 }),
})

test('nobody is shown what it has told of, heard or not; when all is well again both are answered from there', (t) => {
  const history = [fc.scheduler(), fc.array(Step, { minLength: 3, maxLength: 25 }), fc.boolean()] as const
  const property = fc.asyncProperty(...history, async (s, steps, ofRows) => {
    const world = createWorld(s, ofRows)
    const reads: Promise<void>[] = []
    for (const { act, by, fault, arrive } of steps) {
      const gateway = world.gateways[by]!
      gateway.own.fault = fault
      if (act === 'read') reads.push(check(gateway))
      else if (act === 'write') gateway.write()
      else if (act === 'hear') gateway.hear()
      else world.state.nowMs += 1_000
      for (let left = arrive; left > 0 && s.count() > 0; left--) await s.waitOne()
    }
    await s.waitFor(Promise.all(reads))
    await settle(s, world)
    const last = await s.waitFor(untilShared(world))
    assert.deepEqual(
      last.map(({ source, version }) => `${source} ${version}`),
      world.gateways.map(() => `l2 ${world.state.version}`),
    )
  })
  return simulate(t, { name: 'cache.shared-reads', runs: 500, property })
})

async function check({ read }: World['gateways'][number]): Promise<void> {
  const { version, due } = await read()
  assert.ok(version >= due, `${version} was shown, ${due} was known`)
}

/** No fault any more, everything heard of, and the rights of fills ended whose answers got lost. */
async function settle(s: fc.Scheduler, world: World): Promise<void> {
  for (const { own, hear } of world.gateways) {
    own.fault = 'none'
    while (own.heard < world.state.version) hear()
  }
  await s.waitAll()
  world.state.nowMs += MAX_FILL_MS
}

/** A second each, so that no circuit stays open. The first reads have what was told in vain told again, and fill. */
async function untilShared({ gateways, state }: World) {
  for (let turn = 0; ; turn++) {
    state.nowMs += 1_000
    const answers = await Promise.all(gateways.map(({ read }) => read()))
    if (turn === MAX_TURNS || answers.every(({ source }) => source === 'l2')) return answers
  }
}

const MAX_TURNS = 10
