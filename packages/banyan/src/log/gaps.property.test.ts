import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Wire } from '../contract/index.ts'
import { coreErrors, systemRandom } from '../core/index.ts'
import { silentLogger } from '../observe/index.ts'
import { createSimulatedClock, simulate, type SimulatedClock } from '../testing/index.ts'
import { firstLog, type StoredEvent } from './event.ts'
import { createLogFeed } from './remote/log-feed.ts'
import { createRemoteLogSource, type OfferedEvent } from './remote/remote-source.ts'

const log = firstLog('orders')

type Step =
  /** `drawn`: positions that were drawn before and never committed. */
  | { readonly do: 'append'; readonly count: number; readonly drawn: number }
  | { readonly do: 'deliver'; readonly which: number; readonly again: boolean }
  | { readonly do: 'lose'; readonly which: number }
  | { readonly do: 'read'; readonly limit: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'away' | 'back' | 'crash' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 5 }),
      drawn: fc.nat(2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      which: fc.constantFrom(0, 0, 0, 1, 5, 9),
      again: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), which: fc.nat(4) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 30, 1_200, 6_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('away' as const, 'back' as const, 'crash' as const) }) },
)

test('a broker that loses, doubles, delays and mixes: the reader gets every event once, in order, and soon', async (t) => {
  const seen = { carried: 0, asked: 0 }
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
    const clock = createSimulatedClock()
    const producer = createProducer(clock)
    const wire = countCalls(producer.wire, () => seen.asked++)
    const tools = { clock, random: systemRandom, logger: silentLogger }
    await using source = createRemoteLogSource({ ...tools, wire, log, reader: 'mails', maxCachedEvents: 16 })
    let mail: OfferedEvent[] = []
    let position = 0
    const stop = source.onAppend(() => undefined)

    const read = async (limit: number) => {
      const events = await source.read(position, limit).catch(() => [])
      const truth = producer.events.filter((event) => event.position > position).slice(0, events.length)
      assert.deepEqual(
        events.map((event) => event.aggregateId),
        truth.map((event) => event.aggregateId),
        `behind ${position}`,
      )
      position = events.at(-1)?.position ?? position
      return events.length
    }
    for (const one of steps) {
      if (one.do === 'append') mail.push(...producer.append(one.count, one.drawn))
      if (one.do === 'wait') await clock.advance(one.ms)
      if (one.do === 'read') await read(one.limit)
      if (one.do === 'away' || one.do === 'back') producer.isAway = one.do === 'away'
      if (one.do === 'crash') producer.crash()
      const offered = one.do === 'deliver' || one.do === 'lose' ? mail[one.which % Math.max(1, mail.length)] : undefined
      if (!offered) continue
      if (one.do === 'deliver') source.offer(offered)
      if (one.do === 'deliver') seen.carried++
      if (one.do === 'lose' || (one.do === 'deliver' && !one.again)) mail = mail.filter((other) => other !== offered)
      await clock.advance(0)
    }

    producer.isAway = false
    const healedMs = clock.monotonicMs()
    while (position < (producer.events.at(-1)?.position ?? 0)) {
      assert.ok(clock.monotonicMs() - healedMs < 10_000, `stands at ${position} ten seconds after everything is well`)
      if ((await read(100)) === 0) await clock.advance(50)
    }
    stop()
  })
  await simulate(t, { name: 'log.gaps', runs: 300, property })
  assert.ok(seen.carried > 500 && seen.asked > 500, JSON.stringify(seen))
})

/** The owner of the log, in another process. */
function createProducer(clock: SimulatedClock) {
  const events: StoredEvent[] = []
  const listeners = new Set<() => void>()
  let drawn = 0
  let isAway = false
  const source = {
    log,
    read: async (after: number, limit: number) => events.filter(({ position }) => position > after).slice(0, limit),
    watermark: async () => drawn,
    countUpTo: async (to: number) => events.filter(({ position }) => position <= to).length,
    onAppend(wake: () => void) {
      listeners.add(wake)
      return () => void listeners.delete(wake)
    },
  }
  const feed = createLogFeed({ source, clock })
  const wire: Wire = {
    async call(id, input, call) {
      if (isAway) throw coreErrors.UNAVAILABLE({ what: 'orders' })
      return id.endsWith('.readEvents') ? feed.readEvents(input as never, call) : feed.describeLog(input as never, call)
    },
  }
  return {
    events: events as readonly StoredEvent[],
    wire,
    set isAway(to: boolean) {
      isAway = to
    },
    /** What a broker would be given of it. */
    append(count: number, lostPositions: number): OfferedEvent[] {
      drawn += lostPositions
      return Array.from({ length: count }, () => {
        const previous = events.at(-1)?.position ?? 0
        const event = storedEvent(++drawn, events.length)
        events.push(event)
        for (const wake of listeners) wake()
        return { previous, event }
      })
    },
    /** Positions that were drawn and never committed are drawn again. */
    crash(): void {
      drawn = events.at(-1)?.position ?? 0
    },
  }
}

function storedEvent(position: number, number: number): StoredEvent {
  return {
    log,
    position,
    aggregateId: `a${number}`,
    version: 1,
    type: 'orders.order-placed.v1',
    payload: {},
    recordedAt: '2026-01-15T10:30:00.000Z',
    traceParent: null,
  }
}

function countCalls(wire: Wire, count: () => void): Wire {
  return {
    call(id, input, call) {
      count()
      return wire.call(id, input, call)
    },
  }
}
