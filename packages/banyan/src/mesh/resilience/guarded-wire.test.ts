import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCall, reply, type Call, type Contract, type PolicyChanges } from '../../contract/index.ts'
import { coreErrors, isError } from '../../core/index.ts'
import { createMetrics, silentLogger } from '../../observe/index.ts'
import { createLocalWire } from '../local-wire.ts'
import { meshErrors } from '../mesh-errors.ts'
import { createServiceEndpoint } from '../service-endpoint.ts'
import { createSeededRandom, createSimulatedClock } from '../simulated-clock.fixture.ts'
import { createGuardedWire } from './guarded-wire.ts'
import { store } from './resilience.fixture.ts'

/** The store in this process, behind its policy; `read` does what the test says. */
function createStore(read: () => Promise<null>, policy: PolicyChanges = {}, contract: Contract = store) {
  const clock = createSimulatedClock()
  const counts = { reads: 0 }
  const endpoint = createServiceEndpoint({
    contract: store,
    clock,
    logger: silentLogger,
    operations: {
      async read() {
        counts.reads++
        return reply(await read())
      },
      follow: () => Promise.resolve(reply(null)),
      write: () => Promise.resolve(reply(null)),
      logIn: () => Promise.resolve(reply(null)),
    },
  })
  const tools = { clock, random: createSeededRandom(1), logger: silentLogger, metrics: createMetrics() }
  const wire = createGuardedWire({
    ...tools,
    contract,
    overrides: { policy },
    wire: createLocalWire({ clock, endpoints: [endpoint] }),
  })
  const call = (name = 'read', timeoutMs = 1_000, more: Partial<Call> = {}) =>
    wire.call(`store.${name}`, {}, { ...createCall({ clock, timeoutMs }), ...more })
  return { clock, counts, wire, call }
}

const codeOf = (error: unknown) => (error as { code?: string }).code

test('a service in this process is retried and given up on like one elsewhere', async () => {
  const { clock, counts, wire, call } = createStore(() => Promise.reject(new Error('it is broken')))
  const first = call().catch(codeOf)
  await clock.advance(1_000)
  assert.equal(await first, coreErrors.INTERNAL.code)
  assert.equal(counts.reads, 3)
  for (let index = 0; index < 30; index++) void call().catch(codeOf)
  await clock.advance(2_000)
  assert.deepEqual(wire.openBreakers(), [{ operation: 'store.read', state: 'open' }])
  assert.equal(await call().catch(codeOf), meshErrors.BREAKER_OPEN.code)
  await call('write')
  assert.equal(await call('unknown').catch(codeOf), meshErrors.UNKNOWN_OPERATION.code)
})

test('one that hangs takes no more calls than the bulkhead holds; those that wait get their turn or their deadline', async () => {
  const ends: (() => void)[] = []
  const hang = () => new Promise<null>((resolve) => ends.push(() => resolve(null)))
  const { clock, counts, call } = createStore(hang, {
    bulkhead: { maxInFlight: 2, maxWaiting: 2 },
    retry: { maxAttempts: 1 },
  })
  const running = [call(), call()]
  const next = call()
  const late = call('read', 100).catch((error: unknown) => error)
  const refused = await call().catch((error: unknown) => error)
  assert.ok(isError(refused, coreErrors.OVERLOADED))
  await clock.advance(200)
  assert.ok(isError(await late, coreErrors.DEADLINE_EXCEEDED))
  assert.equal(((await late) as { effect: string }).effect, 'not-applied')
  assert.equal(counts.reads, 2)
  ends[0]!()
  await running[0]
  await clock.advance(1)
  assert.equal(counts.reads, 3)
  for (const end of ends) end()
  await Promise.all([running[1], next])
  await clock.advance(20)
  assert.equal(clock.scheduled, 0)
})

test('an operation that its contract gives a bulkhead leaves the others of its service their places', async () => {
  const { read, ...others } = store.operations
  const bounded = { ...store, operations: { ...others, read: { ...read, policy: { bulkhead: { maxInFlight: 1 } } } } }
  const { clock, counts, call } = createStore(() => new Promise(() => undefined), {}, bounded)
  const running = call().catch(codeOf)
  assert.equal(await call().catch(codeOf), coreErrors.OVERLOADED.code)
  await call('follow')
  await clock.advance(1_000)
  assert.equal(await running, coreErrors.DEADLINE_EXCEEDED.code)
  assert.equal(counts.reads, 1)
})

test('an operation that is full is throttled, and no other', async () => {
  const full = () => Promise.reject(coreErrors.OVERLOADED({ what: 'The queue', limit: 1 }))
  const { clock, counts, call } = createStore(full, { retry: { maxAttempts: 1 } })
  for (let round = 0; round < 20; round++) {
    for (let index = 0; index < 20; index++) assert.equal(await call().catch(codeOf), coreErrors.OVERLOADED.code)
    for (let index = 0; index < 20; index++) await call('follow')
    await clock.advance(100)
  }
  assert.ok(counts.reads < 200, `${counts.reads} of 400 were sent`)
})

test('a saga is not kept out by a thousand that wait for it', async () => {
  const { clock, counts, call } = createStore(() => new Promise(() => undefined), { bulkhead: { maxInFlight: 1 } })
  const ends = [call(), call(), call('read', 1_000, { saga: { id: 's', step: 'read', fence: 1 } })]
  const codes = Promise.all(ends.map((end) => end.catch(codeOf)))
  await clock.advance(1_000)
  const late = coreErrors.DEADLINE_EXCEEDED.code
  assert.deepEqual(await codes, [late, coreErrors.OVERLOADED.code, late])
  assert.equal(counts.reads, 2)
})
