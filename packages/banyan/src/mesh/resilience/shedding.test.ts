import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { reply, type Call } from '../../contract/index.ts'
import { coreErrors, isError, type Clock } from '../../core/index.ts'
import { createMetrics } from '../../observe/index.ts'
import type { CallHandler, OperationCall } from '../middleware.ts'
import { createSeededRandom, createSimulatedClock, type SimulatedClock } from '../simulated-clock.fixture.ts'
import { callIn, createRequest } from './resilience.fixture.ts'
import { createShedding } from './shedding.ts'
import { admittedShare, nextLevel } from './shedding-level.ts'
import { URGENCY } from './urgency.ts'

const COST_MS = 5
const CAPACITY_PER_SECOND = 1_000 / COST_MS
const REFUSAL_MS = 0.1
const PATIENCE_MS = 500

/** What one turn of the loop takes from the sockets at most. */
const MOST_A_TURN = 40

/**
 * An event loop: at each turn the timers that are due, then what has arrived. Tasks say how long they take. What is not taken
 * in a turn waits in the sockets, where no timer sees it.
 */
function createBusyLoop(clock: SimulatedClock) {
  const waiting: (() => number)[] = []
  const timers: (() => void)[] = []
  let isBusy = false

  function turn(): void {
    if (isBusy || waiting.length + timers.length === 0) return
    isBusy = true
    for (const timer of timers.splice(0)) timer()
    runEach(waiting.splice(0, MOST_A_TURN))
  }

  function runEach([task, ...rest]: (() => number)[]): void {
    if (task) return void clock.schedule(task(), () => runEach(rest))
    isBusy = false
    turn()
  }

  function arrive(task: () => number): void {
    waiting.push(task)
    turn()
  }

  const loopClock: Clock = {
    ...clock,
    schedule(ms, task) {
      const timer = { isCancelled: false }
      clock.schedule(ms, () => {
        timers.push(() => timer.isCancelled || task())
        turn()
      })
      return () => void (timer.isCancelled = true)
    },
  }
  return { clock: loopClock, arrive }
}

interface Class {
  readonly name: 'read' | 'write'
  readonly call?: Partial<Call>
}

/** Offers calls at a steady rate, and counts those that were answered before their clients had gone. */
function createOverload(shed: boolean) {
  const clock = createSimulatedClock()
  const loop = createBusyLoop(clock)
  const policy = { targetDelayMs: 25 }
  const options = { clock: loop.clock, random: createSeededRandom(5), metrics: createMetrics(), policy }
  let served = false
  const serve: CallHandler = () => {
    served = true
    return Promise.resolve(reply(null))
  }
  const handle = shed ? createShedding(options)(serve) : serve

  async function offer(perSecond: number, ms: number, classes: readonly Class[]): Promise<readonly number[]> {
    const good = classes.map(() => 0)
    for (let index = 0, passedMs = 0; passedMs < ms; passedMs += 1_000 / perSecond, index++) {
      const which = index % classes.length
      const request = createRequest(callIn(clock, PATIENCE_MS, classes[which]!.call), classes[which]!.name)
      loop.arrive(() => carryOut(request, () => good[which]!++))
      await clock.advance(1_000 / perSecond)
    }
    return good
  }

  function carryOut(request: OperationCall, onGood: () => void): number {
    served = false
    handle(request).catch((error: unknown) => assert.ok(isError(error, coreErrors.OVERLOADED)))
    if (!served) return REFUSAL_MS
    if (clock.monotonicMs() + COST_MS <= request.call.deadlineAtMs) onGood()
    return COST_MS
  }

  return { offer }
}

const READS: readonly Class[] = [{ name: 'read' }]
const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count)

test('at five times the capacity goodput stays at 90 % of its peak, and is back at once afterwards', async () => {
  const { offer } = createOverload(true)
  const peak = total(await offer(CAPACITY_PER_SECOND * 0.95, 3_000, READS)) / 3
  assert.ok(peak > 0.94 * CAPACITY_PER_SECOND, `peak ${peak}/s`)
  await offer(CAPACITY_PER_SECOND * 5, 2_000, READS)
  const overloaded = total(await offer(CAPACITY_PER_SECOND * 5, 6_000, READS)) / 6
  assert.ok(overloaded >= 0.9 * peak, `${overloaded}/s of ${peak}/s`)
  await offer(CAPACITY_PER_SECOND * 0.8, 3_000, READS)
  const after = total(await offer(CAPACITY_PER_SECOND * 0.8, 2_000, READS)) / 2
  assert.ok(after >= 0.99 * 0.8 * CAPACITY_PER_SECOND, `${after}/s afterwards`)
})

test('without it nearly all work is done for clients that have gone', async () => {
  const { offer } = createOverload(false)
  await offer(CAPACITY_PER_SECOND * 5, 2_000, READS)
  const overloaded = total(await offer(CAPACITY_PER_SECOND * 5, 2_000, READS)) / 2
  assert.ok(overloaded < 0.1 * CAPACITY_PER_SECOND, `${overloaded}/s`)
})

test('steps of sagas go before reads, reads before new work', async () => {
  const { offer } = createOverload(true)
  const saga = { id: 's', step: 'charge', fence: 1 }
  const classes: Class[] = [{ name: 'write' }, { name: 'read' }, { name: 'write', call: { saga } }]
  await offer(CAPACITY_PER_SECOND * 2, 2_000, classes)
  const [newWork, reads, begun] = await offer(CAPACITY_PER_SECOND * 2, 6_000, classes)
  const offered = CAPACITY_PER_SECOND * 2 * 2
  assert.ok(begun! > 0.95 * offered, `${begun} of ${offered} steps`)
  assert.ok(newWork! < 0.2 * offered, `${newWork} of ${offered} new calls`)
  assert.ok(reads! > 1.5 * newWork!, `${reads} reads beside ${newWork} new calls`)
})

test('one long pause refuses nothing, and nothing is scheduled while nothing runs', async () => {
  const clock = createSimulatedClock()
  const loop = createBusyLoop(clock)
  const handle = createShedding({ clock: loop.clock, random: createSeededRandom(5), metrics: createMetrics() })(() =>
    Promise.resolve(reply(null)),
  )
  await handle(createRequest({}))
  loop.arrive(() => 80)
  await clock.advance(150)
  for (let index = 0; index < 50; index++) await handle(createRequest({}))
  await clock.advance(1_000)
  assert.equal(clock.scheduled, 0)
})

test('a queue that the process names counts like the event loop', async () => {
  const clock = createSimulatedClock()
  let waitedMs = 500
  const policy = { targetDelayMs: 25 }
  const options = { clock, random: createSeededRandom(5), metrics: createMetrics(), policy }
  const handle = createShedding({ ...options, queues: [() => waitedMs] })(() => Promise.resolve(reply(null)))
  const admitted = async () => {
    let count = 0
    for (let index = 0; index < 200; index++)
      count += await handle(createRequest({})).then(
        () => 1,
        () => 0,
      )
    return count
  }
  const keepCalling = async (intervals: number) => {
    for (let index = 0; index < intervals; index++) {
      await admitted()
      await clock.advance(100)
    }
  }
  await keepCalling(10)
  assert.ok((await admitted()) < 20)
  waitedMs = 0
  await keepCalling(80)
  assert.equal(await admitted(), 200)
})

test('the level closes one class after the other and opens them in reverse', () => {
  const late = { arrivals: [100, 100, 100] as const, delayMs: 50, targetDelayMs: 25 }
  const path = [0]
  for (let step = 0; step < 8; step++) path.push(nextLevel(path.at(-1)!, late))
  assert.deepEqual(
    path.slice(0, 4).map((level) => Math.round(level * 100) / 100),
    [0, 1.5, 2.25, 2.63],
  )
  assert.equal(path.at(-1), 2.98)
  let steps = 0
  for (let level = 2.98; level > 0; steps++) level = nextLevel(level, { ...late, delayMs: 0 })
  assert.ok(steps < 45, `${steps} intervals until everything is let in again`)
  assert.equal(nextLevel(0, { ...late, arrivals: [0, 0, 0] }), 0)
})

test('whatever comes, no call is refused while a less urgent one is sure to be let in', () => {
  const count = fc.nat(1_000)
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 2.98, noNaN: true }),
      fc.tuple(count, count, count),
      fc.nat(2_000),
      (level, arrivals, delayMs) => {
        const next = nextLevel(level, { arrivals, delayMs, targetDelayMs: 25 })
        assert.ok(next >= 0 && next < 3)
        const [newWork, read, begun] = Object.values(URGENCY).map((urgency) => admittedShare(next, urgency))
        assert.ok(newWork! <= read! && read! <= begun!)
        assert.ok(newWork === 0 || read === 1)
      },
    ),
  )
})
