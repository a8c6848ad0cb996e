import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCall, reply, type Call } from '../contract/index.ts'
import { coreErrors, isDeclared, isError } from '../core/index.ts'
import { createMetrics, silentLogger } from '../observe/index.ts'
import { createPushedDiscovery } from './discovery/pushed.ts'
import { meshErrors } from './mesh-errors.ts'
import { createSimulatedFleet, noCredentials } from './memory-transport.fixture.ts'
import { createRemoteWire, type RemoteWireOptions } from './remote-wire.ts'
import { store, storeErrors } from './resilience/resilience.fixture.ts'
import { createSeededRandom, createSimulatedClock } from './simulated-clock.fixture.ts'

type Choice = Partial<Pick<RemoteWireOptions, 'overrides' | 'strategy'>>

/** A remote wire to `count` simulated instances, and a client that calls at a steady rate. */
function simulate(count: number, choice: Choice = {}) {
  const clock = createSimulatedClock()
  const fleet = createSimulatedFleet(clock)
  const discovery = createPushedDiscovery()
  const instances = Array.from({ length: count }, (_, index) => ({
    id: `store-${index + 1}`,
    address: `tcp://a:${index + 1}`,
  }))
  discovery.push('store', instances)
  const lines: string[] = []
  const note = (_: object, message: string) => lines.push(message)
  const logger = { ...silentLogger, info: note, warn: note, child: () => logger }
  const metrics = createMetrics()
  const wire = createRemoteWire({
    contract: store,
    discovery,
    transport: fleet.transport,
    credentials: noCredentials,
    clock,
    random: createSeededRandom(11),
    logger,
    metrics,
    ...choice,
  })
  const counts = { offered: 0, answered: 0, failed: 0 }

  function call(name: 'read' | 'write' | 'follow' = 'read', more: Partial<Call> = {}): Promise<unknown> {
    return wire.call(`store.${name}`, {}, { ...createCall({ clock, timeoutMs: 2_000 }), ...more })
  }

  async function offer(perSecond: number, ms: number): Promise<void> {
    const everyMs = 1_000 / perSecond
    for (let passedMs = 0; passedMs < ms; passedMs += everyMs) {
      counts.offered++
      void call().then(
        () => counts.answered++,
        () => counts.failed++,
      )
      await clock.advance(everyMs)
    }
  }

  const seen = () => instances.map(({ address }) => fleet.at(address).calls)
  return { clock, fleet, discovery, instances, lines, metrics, wire, call, offer, counts, seen, at: fleet.at }
}

function failFast(): Promise<never> {
  return Promise.reject(coreErrors.INTERNAL())
}

/** What each instance saw during `work`. */
async function during(seen: () => number[], work: () => Promise<void>): Promise<number[]> {
  const before = seen()
  await work()
  return seen().map((calls, index) => calls - before[index]!)
}

for (const strategy of ['p2c-ewma', 'round-robin', 'least-connections'] as const) {
  test(`${strategy}: one of three that fails in 1 ms gets less than 2 % of the calls after 2 s`, async () => {
    const { clock, at, offer, seen } = simulate(3, { strategy })
    await offer(300, 1_000)
    at('tcp://a:2').handle = () => clock.sleep(1).then(failFast)
    await offer(300, 2_000)
    const after = await during(seen, () => offer(300, 8_000))
    const share = after[1]! / after.reduce((sum, calls) => sum + calls)
    assert.ok(share < 0.02, `it got ${(share * 100).toFixed(1)} % of ${String(after)}`)
  })
}

test('p2c-ewma alone, without ejection, is not fooled by one that fails in 1 ms either', async () => {
  const policy = { ejection: { failures: 1_000 }, breaker: { failureRatio: 1 } }
  const { clock, at, offer, seen } = simulate(3, { overrides: { policy } })
  await offer(300, 1_000)
  at('tcp://a:2').handle = () => clock.sleep(1).then(failFast)
  await offer(300, 2_000)
  const after = await during(seen, () => offer(300, 8_000))
  assert.ok(after[1]! < 0.02 * 2_400, String(after))
})

for (const [perSecond, latencyMs] of [
  [1_000, 1],
  [100, 1],
  [300, 500],
] as const) {
  test(`a dying backend sees at most 1.2 times ${perSecond} calls a second, each failing in ${latencyMs} ms`, async () => {
    const { clock, at, offer, counts, seen } = simulate(2, {
      overrides: { policy: { breaker: { failureRatio: 1, minCalls: 1_000_000 } } },
    })
    await offer(perSecond, 2_000)
    for (const address of ['tcp://a:1', 'tcp://a:2']) {
      at(address).handle = () =>
        clock.sleep(latencyMs).then(() => Promise.reject(meshErrors.CONNECTION_LOST({ address })))
    }
    const offeredBefore = counts.offered
    const arrived = (await during(seen, () => offer(perSecond, 10_000))).reduce((sum, calls) => sum + calls)
    const offered = counts.offered - offeredBefore
    assert.ok(arrived <= 1.2 * offered + 3, `${arrived} arrived of ${offered} offered`)
    assert.ok(arrived > 1.05 * offered, `${arrived} arrived of ${offered} offered: nothing was repeated at all`)
  })
}

test('with its breaker a dying backend sees next to nothing, and serves again soon after it is well', async () => {
  const { clock, at, offer, counts, seen, wire } = simulate(2)
  await offer(300, 2_000)
  for (const address of ['tcp://a:1', 'tcp://a:2']) at(address).handle = () => clock.sleep(1).then(failFast)
  await offer(300, 10_000)
  const arrived = (await during(seen, () => offer(300, 10_000))).reduce((sum, calls) => sum + calls)
  assert.ok(arrived <= 10, `${arrived} arrived while the breaker was open`)
  assert.deepEqual(wire.state().openBreakers, [{ operation: 'store.read', state: 'open' }])
  for (const address of ['tcp://a:1', 'tcp://a:2']) at(address).handle = () => clock.sleep(5).then(() => reply(null))
  await offer(300, 6_000)
  const { answered } = counts
  await offer(300, 1_000)
  assert.ok(counts.answered - answered >= 298, `${counts.answered - answered} of 300 were answered`)
  assert.deepEqual(wire.state().openBreakers, [])
})

test('a long poll does not make the instance that holds it look slow', async () => {
  const { clock, at, call, wire } = simulate(1)
  const { handle } = at('tcp://a:1')
  at('tcp://a:1').handle = async (...args) => (await clock.sleep(1_500), handle(...args))
  const latency = () => wire.state().instances[0]!.latencyMs
  const before = latency()
  const followed = call('follow')
  await clock.advance(1_600)
  await followed
  assert.ok(latency() <= before, `${latency()} ms`)
  const read = call('read')
  await clock.advance(1_600)
  await read
  assert.ok(latency() > 1_000, `${latency()} ms`)
})

test('a retry goes to another instance', async () => {
  const { clock, at, call, seen } = simulate(3, { strategy: 'round-robin' })
  at('tcp://a:1').handle = () => Promise.reject(meshErrors.CONNECTION_LOST({ address: 'tcp://a:1' }))
  at('tcp://a:2').handle = () => Promise.reject(meshErrors.CONNECTION_LOST({ address: 'tcp://a:2' }))
  const answered = Promise.all([call('write'), call('write'), call('write')])
  await clock.advance(1_000)
  await answered
  assert.equal(seen()[2], 3)
})

test('a service that cannot be reached is named once in the log, and once more when it is back', async () => {
  const { at, offer, lines, wire, counts } = simulate(2)
  await offer(100, 500)
  for (const address of ['tcp://a:1', 'tcp://a:2']) at(address).state = 'unreachable'
  await offer(100, 5_000)
  assert.equal(wire.state().reachable, false)
  assert.deepEqual(
    wire.state().instances.map(({ fitness }) => fitness),
    ['unreachable', 'unreachable'],
  )
  for (const address of ['tcp://a:1', 'tcp://a:2']) at(address).state = 'ready'
  const { answered } = counts
  await offer(100, 2_000)
  assert.equal(
    counts.answered - answered,
    200,
    'the first call after the return is answered: no breaker stands in the way',
  )
  assert.deepEqual(lines, ["service 'store' cannot be reached", "service 'store' is back"])
})

test('a service that nobody calls is named, too, when its probes fail', async () => {
  const { at, clock, lines } = simulate(1)
  await clock.advance(1_000)
  at('tcp://a:1').passesProbes = false
  await clock.advance(60_000)
  at('tcp://a:1').passesProbes = true
  await clock.advance(20_000)
  assert.deepEqual(lines, ["service 'store' cannot be reached", "service 'store' is back"])
})

test('one of three that is lost is named once, however often it is looked at, and once more when it is back', async () => {
  const { at, offer, lines } = simulate(3)
  const lost = at('tcp://a:2')
  const { handle } = lost
  await offer(100, 500)
  lost.handle = () => Promise.reject(meshErrors.CONNECTION_LOST({ address: 'tcp://a:2' }))
  lost.passesProbes = false
  await offer(100, 200_000)
  lost.handle = handle
  lost.passesProbes = true
  await offer(100, 20_000)
  const told = ['an instance keeps failing and gets no calls for a while', 'the instance gets calls again']
  assert.deepEqual(lines, told)
})

test('of a breaker that stays open is said once that it opened, once that it closed', async () => {
  const { at, offer, lines } = simulate(1)
  const { handle } = at('tcp://a:1')
  at('tcp://a:1').handle = failFast
  await offer(100, 60_000)
  at('tcp://a:1').handle = handle
  await offer(100, 20_000)
  const ofBreaker = lines.filter((line) => line.includes('breaker'))
  assert.deepEqual(ofBreaker, ['too many calls fail: the breaker is open', 'calls work again: the breaker is closed'])
})

test('an instance that drains gets no new calls, and no failure is seen when it goes', async () => {
  const { at, discovery, instances, offer, counts, seen } = simulate(3)
  await offer(300, 1_000)
  at('tcp://a:3').state = 'draining'
  const drained = await during(seen, () => offer(300, 1_000))
  assert.equal(drained[2], 0)
  discovery.push('store', instances.slice(0, 2))
  await offer(300, 500)
  assert.equal(counts.failed, 0)
  assert.equal(at('tcp://a:3').stops, 1)
})

test('one that leaves the list finishes what it has in hand before its wire closes', async () => {
  const { at, clock, discovery, call } = simulate(1)
  at('tcp://a:1').latencyMs = 500
  const answered = call()
  await clock.advance(10)
  discovery.push('store', [])
  await clock.advance(300)
  assert.equal(at('tcp://a:1').stops, 0)
  await clock.advance(400)
  assert.equal(at('tcp://a:1').stops, 1)
  await answered
})

test('a newcomer starts slowly and reaches its share', async () => {
  const { discovery, instances, at, offer, seen } = simulate(2, { strategy: 'round-robin' })
  await offer(300, 500)
  discovery.push('store', [...instances, { id: 'store-3', address: 'tcp://a:3' }])
  await offer(300, 1_000)
  const early = at('tcp://a:3').calls
  assert.ok(early > 5 && early < 30, `${early} of 300 calls in the first second`)
  await offer(300, 10_000)
  const before = at('tcp://a:3').calls
  await during(seen, () => offer(300, 1_000))
  const late = at('tcp://a:3').calls - before
  assert.ok(late > 95 && late < 105, `${late} of 300 calls after the start`)
})

test('three failed probes take an instance out, one that passes brings it back; a silent probe counts as failed', async () => {
  const { at, clock, wire } = simulate(2)
  at('tcp://a:1').passesProbes = false
  await clock.advance(20_000)
  const fitness = () => wire.state().instances.map((one) => one.fitness)
  assert.deepEqual(fitness(), ['failing-probes', 'fit'])
  at('tcp://a:1').passesProbes = true
  await clock.advance(6_500)
  assert.deepEqual(fitness(), ['fit', 'fit'])
  await wire.stop()
  await wire.stop()
  const { probes } = at('tcp://a:1')
  await clock.advance(20_000)
  assert.equal(at('tcp://a:1').probes, probes)
})

test('panic: when no instance is fit the ejected ones are called all the same', async () => {
  const { at, clock, call, offer, wire } = simulate(1, {
    overrides: { policy: { breaker: { minCalls: 1_000 }, retry: { maxAttempts: 1 } } },
  })
  at('tcp://a:1').handle = failFast
  await offer(100, 200)
  assert.equal(wire.state().instances[0]!.fitness, 'ejected')
  at('tcp://a:1').handle = () => clock.sleep(1).then(() => reply(null))
  const answered = call()
  await clock.advance(100)
  await answered
})

test('a declared error is no failure; without an instance the call is refused as not applied', async () => {
  const { at, clock, call, wire, discovery, offer } = simulate(1)
  at('tcp://a:1').handle = () => Promise.reject(storeErrors.SOLD_OUT())
  await offer(100, 2_000)
  assert.equal(wire.state().instances[0]!.fitness, 'fit')
  assert.deepEqual(wire.state().openBreakers, [])
  discovery.push('store', [])
  const refused = call('write').catch((error: unknown) => error)
  await clock.advance(1_000)
  const error = await refused
  assert.ok(isError(error, meshErrors.NO_INSTANCE) && isDeclared(error) && error.effect === 'not-applied')
})

test('a query whose answer is lost changed nothing; a timeout ends a call although the wire forgets it', async () => {
  const { at, clock, call } = simulate(1, { overrides: { policy: { retry: { maxAttempts: 1 } } } })
  at('tcp://a:1').handle = () => new Promise(() => undefined)
  const ended = Promise.all([call('read'), call('write')].map((one) => one.catch((error: unknown) => error)))
  await clock.advance(2_100)
  const effects = (await ended).map((error) => isDeclared(error) && `${error.code} ${error.effect}`)
  assert.deepEqual(effects, ['api.DEADLINE_EXCEEDED not-applied', 'api.DEADLINE_EXCEEDED unknown'])
})

test('ip-hash keeps a client at its instance', async () => {
  const { call, clock, seen } = simulate(3, { strategy: 'ip-hash' })
  for (let index = 0; index < 30; index++) void call('read', { affinity: '203.0.113.9' })
  await clock.advance(100)
  assert.deepEqual(
    seen().filter((calls) => calls > 0),
    [30],
  )
})

test('figures of each instance, operation and retry are published', async () => {
  const { metrics, offer } = simulate(2)
  await offer(100, 500)
  const names = metrics.families().map(({ name }) => name)
  for (const name of [
    'instance_calls_in_flight',
    'instance_latency_seconds',
    'instance_fit',
    'dependency_seconds',
    'breaker_state',
    'retries_total',
  ])
    assert.ok(names.includes(`banyan_${name}`), `${name} is missing in ${String(names)}`)
})
