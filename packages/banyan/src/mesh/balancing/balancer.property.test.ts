import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../../observe/index.ts'
import { createSimulatedClock, simulate } from '../../testing/index.ts'
import type { Instance } from '../discovery/discovery.ts'
import { createRecentClock } from '../recent-clock.ts'
import { DEFAULT_POLICY } from '../resilience/policy.ts'
import { createSeededRandom } from '../simulated-clock.fixture.ts'
import type { InstanceWire } from '../transport.ts'
import { createBalancer, type Balancer } from './balancer.ts'
import { createStrategy, STRATEGY_NAMES } from './create-strategy.ts'
import { maxEjected } from './ejection.ts'
import type { Member } from './member.ts'
import type { Verdict } from './verdict.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']
const policy = {
  ...DEFAULT_POLICY,
  ejection: { failures: 2, baseMs: 1_000, maxMs: 4_000, maxRatio: 0.5 },
  probe: { intervalMs: 500, timeoutMs: 100, failures: 2 },
}

type Step =
  | { readonly do: 'list'; readonly names: readonly string[] }
  | { readonly do: 'call'; readonly tried: readonly string[] }
  | { readonly do: 'end'; readonly which: number; readonly verdict: Verdict }
  | { readonly do: 'turn'; readonly name: string; readonly state: InstanceWire['state']; readonly answers: boolean }
  | { readonly do: 'wait'; readonly ms: number }

const name = fc.constantFrom(...NAMES)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), names: fc.subarray(NAMES) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('call' as const), tried: fc.subarray(NAMES, { maxLength: 2 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      verdict: fc.constantFrom<Verdict>('works', 'works', 'fails', 'fails', 'lost', 'unreached', 'full', 'unknown'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('turn' as const),
      name,
      state: fc.constantFrom<InstanceWire['state']>('ready', 'ready', 'draining', 'unreachable'),
      answers: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 120, 700, 2_500) }) },
)

test('whatever instances do: the fit are called first, no more than half are out, and all are back once they are well', async (t) => {
  let ejections = 0
  const strategy = fc.constantFrom(...STRATEGY_NAMES)
  const property = fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), strategy, async (steps, kind) => {
    const clock = createSimulatedClock()
    const random = createSeededRandom(7)
    const fleet = new Map(NAMES.map((one) => [one, createWire(one)]))
    const balancer = createBalancer({
      service: 'store',
      strategy: createStrategy(kind, random),
      policy,
      clock: createRecentClock(clock),
      random,
      logger: silentLogger,
      connect: ({ id }) => fleet.get(id)!.connect(),
    })
    balancer.update(instancesOf(NAMES.slice(0, 3)))
    let outBefore = 0
    let calls: { readonly member: Member; readonly beganMs: number }[] = []

    for (const one of steps) {
      if (one.do === 'list') balancer.update(instancesOf(one.names))
      if (one.do === 'wait') await clock.advance(one.ms)
      if (one.do === 'turn') fleet.get(one.name)!.turn(one)
      if (one.do === 'call') {
        const member = pickAndJudge(balancer, one.tried)
        member?.begin()
        if (member) calls.push({ member, beganMs: clock.monotonicMs() })
      }
      const ended = one.do === 'end' ? calls[one.which % Math.max(1, calls.length)] : undefined
      if (ended && one.do === 'end') {
        calls = calls.filter((call) => call !== ended)
        ended.member.finish(one.verdict, clock.monotonicMs() - ended.beganMs)
      }
      const out = balancer.state().filter(({ fitness }) => fitness === 'ejected').length
      ejections += out
      // A list that has shrunk may hold more that were sent out before; no call sends another.
      if (one.do === 'end') assert.ok(out <= Math.max(outBefore, maxEjected(policy.ejection, balancer.state().length)))
      outBefore = out
      const seen = balancer.state().reduce((sum, { inFlight }) => sum + inFlight, 0)
      assert.ok(seen <= calls.length && balancer.state().every(({ inFlight }) => inFlight >= 0), 'calls in flight')
    }

    balancer.update(instancesOf(NAMES))
    for (const wire of fleet.values()) wire.turn({ state: 'ready', answers: true })
    for (const { member } of calls) member.finish('works', 1)
    await clock.advance(policy.ejection.maxMs + 2 * policy.probe.intervalMs)
    assert.deepEqual(
      balancer.state().map(({ fitness, inFlight }) => [fitness, inFlight]),
      NAMES.map(() => ['fit', 0]),
    )
    balancer.update([])
    await clock.advance(1_000)
    await balancer.stop()
    for (const wire of fleet.values()) assert.equal(wire.open, 0, 'a wire stays open')
    assert.equal(clock.scheduled, 0, 'a timer is left')
  })
  await simulate(t, { name: 'mesh.balancer', runs: 300, property })
  assert.ok(ejections > 100, `only ${ejections} were seen ejected`)
})

/** What `pick` promises, told from what everybody can see. */
function pickAndJudge(balancer: Balancer, tried: readonly string[]): Member | null {
  const state = balancer.state()
  const those = (...fitness: readonly string[]) => state.filter((one) => fitness.includes(one.fitness))
  const tiers = [those('fit'), those('ejected', 'failing-probes'), those('unreachable')]
  const tier = tiers.find((some) => some.length > 0)
  const picked = balancer.pick({}, tried)
  assert.equal(picked === null, tier === undefined, 'somebody is called unless all drain')
  if (!picked || !tier) return picked
  const untried = tier.filter(({ id }) => !tried.includes(id))
  const wanted = untried.length > 0 ? untried : tier
  assert.ok(
    wanted.some(({ id }) => id === picked.id),
    `${picked.id} was called before ${wanted.map(({ id }) => id).join(', ')}`,
  )
  return picked
}

function instancesOf(names: readonly string[]): Instance[] {
  return names.map((id) => ({ id, address: `tcp://${id}:1` }))
}

/** An instance that is as the test says. */
function createWire(id: string) {
  let state: InstanceWire['state'] = 'ready'
  let answers = true
  let open = 0
  return {
    get open() {
      return open
    },
    turn(to: { readonly state: InstanceWire['state']; readonly answers: boolean }): void {
      ;({ state, answers } = to)
    },
    connect(): InstanceWire {
      open++
      return {
        address: `tcp://${id}:1`,
        get state() {
          return state
        },
        call: () => Promise.reject(new Error('nobody calls in this test')),
        probe: () => (answers ? Promise.resolve() : Promise.reject(new Error('no answer'))),
        stop: async () => void open--,
      }
    },
  }
}
