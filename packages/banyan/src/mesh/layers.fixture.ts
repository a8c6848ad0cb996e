import { createCall, reply } from '../contract/index.ts'
import { systemClock, systemRandom, type Clock } from '../core/index.ts'
import { createMetrics, silentLogger } from '../observe/index.ts'
import { createCallWatch } from './call-watch.ts'
import { compose, type CallHandler, type Middleware } from './middleware.ts'
import { createPushedDiscovery, createRemoteWire } from './index.ts'
import { createRecentClock } from './recent-clock.ts'
import { createBreaker } from './resilience/breaker.ts'
import { createBulkhead } from './resilience/bulkhead.ts'
import { createDeadline } from './resilience/deadline.ts'
import { resolvePolicies } from './resilience/call-policies.ts'
import { DEFAULT_POLICY } from './resilience/policy.ts'
import { createRequest, store } from './resilience/resilience.fixture.ts'
import { createRetryBudget } from './resilience/retry-budget.ts'
import { createRetry } from './resilience/retry.ts'
import { createResilientWire } from './resilience/resilient-wire.ts'
import { createShedding } from './resilience/shedding.ts'
import { createThrottle } from './resilience/throttle.ts'
import { createSimulatedFleet, noCredentials } from './memory-transport.fixture.ts'

/** What each layer costs around a handler that answers at once, nanoseconds a call, least of several rounds. */
const CALLS = 200_000
const ROUNDS = 7
const clock = createRecentClock(systemClock)
const random = systemRandom
const metrics = createMetrics()
const tools = { clock, random, metrics, logger: silentLogger }
const policy = DEFAULT_POLICY
const answer = Promise.resolve(reply(null))
const bare: CallHandler = () => answer

const watch = createCallWatch(clock)
const counter = metrics.counter({ name: 'bench_total', help: 'Not read.' })
const layers: Readonly<Record<string, Middleware>> = {
  retry: createRetry({
    policy: policy.retry,
    budget: createRetryBudget(policy.retry, clock),
    clock,
    random,
    counters: { repeated: counter, refused: counter },
  }),
  breaker: createBreaker({ policy: policy.breaker, clock }).middleware,
  deadline: createDeadline({ clock, watch }),
  bulkhead: createBulkhead({ to: 'store', policy: policy.bulkhead, watch }).middleware,
  throttle: createThrottle({ to: 'store.read', policy: policy.throttle, clock, random }),
  shedding: createShedding({ clock, random, metrics }),
}

const three = ['retry', 'breaker', 'deadline'].map((name) => layers[name]!)
const cases: [string, () => Promise<unknown>][] = [
  ['nothing around it', toCase(bare)],
  ...Object.entries(layers).map(([name, layer]): [string, () => Promise<unknown>] => [name, toCase(layer(bare))]),
  ['retry + breaker + deadline', toCase(compose(three, bare))],
  ['the whole policy', wireCase()],
  ['remote wire, 3 instances, p2c-ewma', remoteCase(3)],
]

// Made anew for each round: with a deadline past the operation's own it would be copied at each call.
let request = createRequest({})
let call = createCall()
const least = new Map<string, number>()
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of cases) least.set(name, Math.min(least.get(name) ?? Infinity, await measure(run)))
}
const base = least.get('nothing around it')!
for (const [name, ns] of least)
  // eslint-disable-next-line no-console -- a measurement, run by hand: node layers.fixture.ts
  console.log(`${name.padEnd(36)} ${ns.toFixed(0).padStart(5)} ns  +${(ns - base).toFixed(0)}`)
process.exitCode = 0

function toCase(handle: CallHandler): () => Promise<unknown> {
  return () => handle(request)
}

async function measure(run: () => Promise<unknown>): Promise<number> {
  request = createRequest({ deadlineAtMs: clock.monotonicMs() + 4_900 })
  call = createCall({ key: null, timeoutMs: 4_900 })
  const startMs = performance.now()
  for (let index = 0; index < CALLS; index++) await run()
  return ((performance.now() - startMs) * 1e6) / CALLS
}

function wireCase(): () => Promise<unknown> {
  const wire = createResilientWire({
    ...tools,
    contract: store,
    policies: resolvePolicies(store),
    attempts: { call: bare },
  })
  return () => wire.call('store.read', {}, call)
}

function remoteCase(count: number): () => Promise<unknown> {
  const discovery = createPushedDiscovery()
  const still: Clock = { ...systemClock, schedule: () => () => undefined }
  const fleet = createSimulatedFleet(still)
  const instances = Array.from({ length: count }, (_, index) => ({
    id: `store-${index}`,
    address: `tcp://a:${index + 1}`,
  }))
  const transport = {
    ...fleet.transport,
    connect: ({ address }: { readonly address: string }) => ({
      address,
      state: 'ready' as const,
      call: () => answer,
      probe: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    }),
  }
  discovery.push('store', instances)
  const wire = createRemoteWire({ ...tools, contract: store, discovery, transport, credentials: noCredentials })
  return () => wire.call('store.read', {}, call)
}
