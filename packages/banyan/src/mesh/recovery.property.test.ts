import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCall, reply } from '../contract/index.ts'
import { coreErrors } from '../core/index.ts'
import { createMetrics, silentLogger } from '../observe/index.ts'
import { simulate } from '../testing/index.ts'
import { createPushedDiscovery } from './discovery/pushed.ts'
import { createSimulatedFleet, noCredentials, type SimulatedInstance } from './memory-transport.fixture.ts'
import { meshErrors } from './mesh-errors.ts'
import { createRemoteWire } from './remote-wire.ts'
import { store } from './resilience/resilience.fixture.ts'
import { createSeededRandom, createSimulatedClock, type SimulatedClock } from './simulated-clock.fixture.ts'

const INSTANCES = ['tcp://a:1', 'tcp://a:2', 'tcp://a:3']
const PER_SECOND = 20
const FAULTS = ['none', 'fails', 'loses', 'hangs', 'slow', 'unreachable', 'full', 'unready', 'draining'] as const
type Fault = (typeof FAULTS)[number]

interface Phase {
  readonly seconds: number
  readonly faults: readonly Fault[]
}

const phase: fc.Arbitrary<Phase> = fc.record({
  seconds: fc.integer({ min: 1, max: 20 }),
  faults: fc.array(fc.constantFrom(...FAULTS), { minLength: INSTANCES.length, maxLength: INSTANCES.length }),
})

test('whatever befalls a service: 10 s after it ends 95 % of the calls succeed, after 30 s no breaker is open (I19)', async (t) => {
  let hardTimes = 0
  const property = fc.asyncProperty(fc.array(phase, { minLength: 1, maxLength: 4 }), async (phases) => {
    const clock = createSimulatedClock()
    const fleet = createSimulatedFleet(clock)
    const discovery = createPushedDiscovery()
    discovery.push(
      'store',
      INSTANCES.map((address) => ({ id: address, address })),
    )
    const wire = createRemoteWire({
      contract: store,
      discovery,
      transport: fleet.transport,
      credentials: noCredentials,
      clock,
      random: createSeededRandom(5),
      logger: silentLogger,
      metrics: createMetrics(),
    })
    const offer = async (seconds: number) => {
      const ends: Promise<boolean>[] = []
      for (let call = 0; call < seconds * PER_SECOND; call++) {
        const reading = wire.call('store.read', {}, createCall({ clock, timeoutMs: 1_000 }))
        ends.push(
          reading.then(
            () => true,
            () => false,
          ),
        )
        await clock.advance(1_000 / PER_SECOND)
      }
      return async () => {
        await clock.advance(1_500)
        return (await Promise.all(ends)).filter(Boolean).length / ends.length
      }
    }

    await offer(2)
    for (const { seconds, faults } of phases) {
      for (const [index, address] of INSTANCES.entries()) befall(fleet.at(address), faults[index]!, clock)
      const share = await (await offer(seconds))()
      if (share < 0.5) hardTimes++
    }
    for (const address of INSTANCES) befall(fleet.at(address), 'none', clock)
    await offer(10)
    const share = await (await offer(3))()
    assert.ok(share >= 0.95, `only ${Math.round(share * 100)} % succeed 10 s after the faults`)
    await offer(17)
    assert.deepEqual(wire.state().openBreakers, [])
    await wire.stop()
  })
  await simulate(t, { name: 'mesh.recovery', runs: 15, property })
  assert.ok(hardTimes > 2, `only ${hardTimes} phases in which most calls failed`)
})

function befall(instance: SimulatedInstance, fault: Fault, clock: SimulatedClock): void {
  const fail = (afterMs: number, make: () => Error) => () => clock.sleep(afterMs).then(() => Promise.reject(make()))
  instance.state = fault === 'unreachable' || fault === 'draining' ? fault : 'ready'
  instance.passesProbes = fault === 'none' || fault === 'slow' || fault === 'full'
  instance.handle = {
    none: () => clock.sleep(5).then(() => reply(null)),
    fails: fail(1, () => coreErrors.INTERNAL()),
    loses: fail(5, () => meshErrors.CONNECTION_LOST({ address: 'a' })),
    hangs: () => new Promise<never>(() => undefined),
    slow: () => clock.sleep(700).then(() => reply(null)),
    unreachable: () => clock.sleep(5).then(() => reply(null)),
    full: fail(1, () => coreErrors.OVERLOADED({ what: 'it', limit: 1 })),
    unready: () => clock.sleep(5).then(() => reply(null)),
    draining: () => clock.sleep(5).then(() => reply(null)),
  }[fault]
}
