import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reply } from '../../contract/index.ts'
import { coreErrors } from '../../core/index.ts'
import { createSeededRandom, createSimulatedClock } from '../simulated-clock.fixture.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { createRequest } from './resilience.fixture.ts'
import { createThrottle } from './throttle.ts'

/** A service that takes `capacity` calls a second and refuses the rest. */
function createFullService(capacity: number) {
  const clock = createSimulatedClock()
  const state = { capacity, sent: 0, second: 0, taken: 0 }
  const throttle = createThrottle({
    to: 'store.read',
    policy: DEFAULT_POLICY.throttle,
    clock,
    random: createSeededRandom(2),
  })
  const handle = throttle(() => {
    state.sent++
    const second = Math.floor(clock.monotonicMs() / 100)
    if (second !== state.second) Object.assign(state, { second, taken: 0 })
    if (state.taken++ < state.capacity / 10) return Promise.resolve(reply(null))
    return Promise.reject(coreErrors.OVERLOADED({ what: 'it', limit: 1 }))
  })
  async function offer(perSecond: number, ms: number, request = createRequest({})) {
    const before = state.sent
    let answered = 0
    for (let passedMs = 0; passedMs < ms; passedMs += 10) {
      const calls = Array.from({ length: perSecond / 100 }, () =>
        handle(request).then(
          () => 1,
          () => 0,
        ),
      )
      for (const one of await Promise.all(calls)) answered += one
      await clock.advance(10)
    }
    return { sent: state.sent - before, answered }
  }
  return { state, offer }
}

test('a service that is full sees about one and a half times what it takes, and loses nothing by it', async () => {
  const { offer } = createFullService(1_000)
  await offer(5_000, 2_000)
  const { sent, answered } = await offer(5_000, 5_000)
  assert.ok(answered >= 0.98 * 5_000, `${answered} of 5000 answered`)
  assert.ok(sent <= 1.7 * 5_000, `${sent} sent`)
})

test('all is sent again soon after there is room, and steps of sagas always', async () => {
  const { state, offer } = createFullService(1_000)
  await offer(5_000, 3_000)
  const step = createRequest({ saga: { id: 's', step: 'charge', fence: 1 } })
  assert.equal((await offer(1_000, 500, step)).sent, 500)
  state.capacity = 10_000
  await offer(900, 3_000)
  assert.deepEqual(await offer(900, 1_000), { sent: 900, answered: 900 })
})

test('a process with few calls hears as soon as others that there is room again', async () => {
  const { state, offer } = createFullService(0)
  state.capacity = -10
  await offer(100, 3_000)
  state.capacity = 1_000
  await offer(100, 3_000)
  assert.deepEqual(await offer(100, 1_000), { sent: 100, answered: 100 })
})
