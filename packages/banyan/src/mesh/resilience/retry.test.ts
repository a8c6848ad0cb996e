import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCall, reply, type Call } from '../../contract/index.ts'
import { BanyanError, coreErrors, isDeclared } from '../../core/index.ts'
import { createMetrics } from '../../observe/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import { createSeededRandom, createSimulatedClock } from '../simulated-clock.fixture.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { createRequest, storeErrors } from './resilience.fixture.ts'
import { createRetryBudget } from './retry-budget.ts'
import { createRetry, mayRepeat } from './retry.ts'

const lost = () => meshErrors.CONNECTION_LOST({ address: 'a' })
const unreachable = () => meshErrors.UNREACHABLE({ address: 'a', fault: 'b' })
const full = () => coreErrors.OVERLOADED({ what: 'it', limit: 1 })

/** Runs one call against answers in turn; gives the outcome and how many attempts were made. */
async function run(answers: readonly (Error | null)[], name: 'read' | 'write' | 'logIn', more: Partial<Call> = {}) {
  const clock = createSimulatedClock()
  const policy = DEFAULT_POLICY.retry
  const metrics = createMetrics()
  const counter = (test: string) => metrics.counter({ name: `test_${test}_total`, help: 'For the test.' })
  const retry = createRetry({
    policy,
    budget: createRetryBudget(policy, clock),
    clock,
    random: createSeededRandom(3),
    counters: { repeated: counter('repeated'), refused: counter('refused') },
  })
  let attempts = 0
  const handle = retry(() => {
    const answer = answers[attempts++] ?? null
    return answer === null ? Promise.resolve(reply(null)) : Promise.reject(answer)
  })
  const outcome = handle(createRequest({ deadlineAtMs: 5_000, ...more }, name)).then(
    () => 'answered',
    (error: unknown) => (isDeclared(error) ? `${error.code} ${error.effect}` : error),
  )
  await clock.advance(5_000)
  return { outcome: await outcome, attempts }
}

test('only what error and operation allow is repeated', () => {
  const allowed = (error: unknown, name: 'read' | 'write' | 'logIn', call: Partial<Call> = {}) =>
    mayRepeat(error, createRequest(call, name))
  assert.ok(allowed(lost(), 'read'))
  assert.ok(allowed(lost(), 'write'))
  assert.ok(!allowed(lost(), 'logIn'), 'nothing remembers the outcome, and it may have happened')
  assert.ok(allowed(unreachable(), 'logIn'), 'nothing happened')
  assert.ok(!allowed(lost(), 'write', { key: null }), 'without a key it could happen twice')
  assert.ok(!allowed(storeErrors.SOLD_OUT(), 'write'))
  assert.ok(!allowed(new TypeError('a bug'), 'read'))
  assert.ok(!allowed(meshErrors.BREAKER_OPEN({ operation: 'store.read' }), 'read'))
  assert.ok(!allowed(new BanyanError(full().toJSON(), { replayed: true }), 'write'), 'a stored answer stays what it is')
  assert.ok(!allowed(lost(), 'read', { signal: AbortSignal.abort() }))
  const saga = { id: 's', step: 'write', fence: 1 }
  assert.ok(!allowed(lost(), 'write', { saga }), 'the saga repeats it, and tells of it')
  assert.ok(!allowed(full(), 'write', { saga }))
  assert.ok(allowed(unreachable(), 'write', { saga }), 'another instance may be there')
})

test('three attempts at most; the first answer ends it', async () => {
  assert.deepEqual(await run([lost(), null], 'write'), { outcome: 'answered', attempts: 2 })
  assert.deepEqual(await run([lost(), lost(), null], 'write'), { outcome: 'answered', attempts: 3 })
  assert.deepEqual(await run([full(), full(), full(), null], 'read'), {
    outcome: 'api.OVERLOADED not-applied',
    attempts: 3,
  })
  assert.deepEqual(await run([storeErrors.SOLD_OUT()], 'write'), { outcome: 'store.SOLD_OUT not-applied', attempts: 1 })
})

test('a lost attempt followed by one that is turned away is unknown; an answer on the merits speaks for both', async () => {
  const turnedAway = await run([lost(), full(), unreachable()], 'write')
  assert.deepEqual(turnedAway, { outcome: 'mesh.CONNECTION_LOST unknown', attempts: 3 })
  assert.equal((await run([lost(), storeErrors.SOLD_OUT()], 'write')).outcome, 'store.SOLD_OUT not-applied')
  assert.equal((await run([full(), unreachable(), full()], 'write')).outcome, 'api.OVERLOADED not-applied')
})

test('nothing is repeated for which no time is left', async () => {
  assert.deepEqual(await run([lost(), null], 'read', { deadlineAtMs: 0.5 }), {
    outcome: 'mesh.CONNECTION_LOST unknown',
    attempts: 1,
  })
})

test('whoever gives up during the pause ends the retry without another call, and frees the budget', async () => {
  const clock = createSimulatedClock()
  const policy = { ...DEFAULT_POLICY.retry, firstDelayMs: 1_000, budgetFloor: 1 }
  const budget = createRetryBudget(policy, clock)
  const metrics = createMetrics()
  const counter = metrics.counter({ name: 'test_total', help: 'For the test.' })
  const random = { ...createSeededRandom(1), unit: () => 0.9 }
  const retry = createRetry({ policy, budget, clock, random, counters: { repeated: counter, refused: counter } })
  let attempts = 0
  const handle = retry(() => {
    attempts++
    return Promise.reject(lost())
  })
  const abort = new AbortController()
  const ended = handle({ ...createRequest({}), call: { ...createCall(), deadlineAtMs: 9_000, signal: abort.signal } })
  const outcome = assert.rejects(ended, /was lost/)
  await clock.advance(100)
  assert.equal(budget.take(), false, 'a retry that waits counts')
  abort.abort()
  await outcome
  await clock.advance(5_000)
  assert.equal(attempts, 1)
  assert.equal(clock.scheduled, 0)
  assert.ok(budget.take())
})
