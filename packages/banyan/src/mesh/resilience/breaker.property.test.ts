import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { coreErrors, isError } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import { simulate } from '../../testing/index.ts'
import { createRecentClock } from '../recent-clock.ts'
import { createSimulatedClock } from '../simulated-clock.fixture.ts'
import { createRequest, createScriptedBackend } from './resilience.fixture.ts'
import { createBreaker } from './breaker.ts'
import { DEFAULT_POLICY } from './policy.ts'

const policy = { ...DEFAULT_POLICY.breaker, minCalls: 4, openMs: 500, probeTimeoutMs: 200 }

type Step =
  | { readonly do: 'call' }
  | { readonly do: 'end'; readonly which: number; readonly how: 'works' | 'fails' | 'full' | 'gives-up' | 'unreached' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'outage' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'call' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      how: fc.constantFrom('works', 'fails', 'fails', 'full', 'gives-up', 'unreached'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 210, 520, 600) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'outage' }) },
)

const ERRORS = {
  fails: () => coreErrors.INTERNAL(),
  full: () => coreErrors.OVERLOADED({ what: 'it', limit: 1 }),
  'gives-up': () => coreErrors.CANCELLED(),
  unreached: () => meshErrors.UNREACHABLE({ address: 'a', fault: 'b' }),
}

test('whatever happens: one probe at a time with its own deadline, and closed again once the backend is well', async (t) => {
  let probes = 0
  await simulate(t, {
    name: 'mesh.breaker',
    runs: 1_200,
    property: fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const clock = createSimulatedClock()
      const backend = createScriptedBackend()
      const breaker = createBreaker({ policy, clock: createRecentClock(clock) })
      const handle = breaker.middleware(backend.handle)
      const call = () => handle(createRequest({ deadlineAtMs: clock.monotonicMs() + 10_000 })).catch(() => null)
      /** Those that the breaker has let through since it last opened and that may still answer in time. */
      let live: { readonly untilMs: number }[] = []

      for (const one of steps) {
        if (one.do === 'wait') await clock.advance(one.ms)
        if (one.do === 'outage' && breaker.state() === 'closed') {
          for (let index = 0; index < 4; index++) void call()
          backend.endAll(coreErrors.INTERNAL())
          await clock.advance(0)
        }
        if (one.do === 'end') {
          const ended = backend.end(one.which, one.how === 'works' ? null : ERRORS[one.how]())
          live = live.filter((probe) => probe !== ended)
          await clock.advance(0)
        }
        if (one.do !== 'call') continue
        const before = backend.pending.length
        const wasClosed = breaker.state() === 'closed'
        void call()
        const passed = backend.pending.length > before
        if (wasClosed) assert.ok(passed, 'a closed breaker refuses nothing')
        else if (passed) {
          const sent = backend.pending.at(-1)!
          const nowMs = clock.monotonicMs()
          live = live.filter(({ untilMs }) => untilMs > nowMs)
          assert.equal(live.length, 0, 'a second probe went out beside the first')
          assert.ok(sent.untilMs <= nowMs + policy.probeTimeoutMs, 'the probe has a deadline of its own')
          live.push(sent)
          probes++
        }
      }

      backend.endAll()
      await clock.advance(policy.openMs + policy.probeTimeoutMs + 1)
      backend.heal()
      await call()
      assert.equal(breaker.state(), 'closed')
      await handle(createRequest({ deadlineAtMs: Infinity }))
    }),
  })
  assert.ok(probes > 100, `only ${probes} probes were seen`)
})

test('a window that is too small, old, or good enough keeps it closed; half of twenty opens it', async () => {
  const clock = createSimulatedClock()
  const changes: string[] = []
  const recent = createRecentClock(clock)
  const breaker = createBreaker({
    policy: DEFAULT_POLICY.breaker,
    clock: recent,
    onChange: (state) => changes.push(state),
  })
  const backend = createScriptedBackend()
  const handle = breaker.middleware(backend.handle)
  const run = async (count: number, error: Error | null) => {
    for (let index = 0; index < count; index++) {
      recent.monotonicMs() // as the deadline, the layer around it, does with each call
      const ended = handle(createRequest({ deadlineAtMs: Infinity })).catch((reason: unknown) => reason)
      backend.end(0, error)
      await ended
    }
  }
  await run(19, coreErrors.INTERNAL())
  assert.equal(breaker.state(), 'closed')
  await clock.advance(11_000)
  await run(11, null)
  await run(8, coreErrors.INTERNAL())
  assert.equal(breaker.state(), 'closed')
  await run(3, coreErrors.INTERNAL())
  assert.equal(breaker.state(), 'open')
  const refused = await handle(createRequest({ deadlineAtMs: Infinity })).catch((error: unknown) => error)
  assert.ok(isError(refused, meshErrors.BREAKER_OPEN))
  await clock.advance(5_000)
  await run(1, null)
  assert.deepEqual(changes, ['open', 'half-open', 'closed'])
})
