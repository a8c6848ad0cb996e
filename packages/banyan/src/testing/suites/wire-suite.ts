import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { coreErrors, isDeclared, systemClock, systemRandom, type BanyanError } from '../../core/index.ts'
import { createCall, createClient, createFrontier, type Call, type Client, type Wire } from '../../contract/index.ts'
import { meshErrors } from '../../mesh/index.ts'
import { testReleases } from './wire-release-suite.ts'
import type { Frontiers, StartWire, WireUnderTest } from './wire-under-test.ts'
import { createProbeEndpoint, probe, probeErrors, PROBE_MAX_IN_FLIGHT, type Probe } from './wire-probe.ts'

/** What every wire must do. `start` serves the endpoint given and returns a wire that reaches it. */
export function wireSuite(name: string, start: StartWire): void {
  describe(`wire: ${name}`, () => {
    let under: WireUnderTest
    const seen = createProbeEndpoint(systemClock)
    const service = createFrontier()
    const frontiers = { service, caller: name.startsWith('local') ? service : createFrontier() }
    const ways = { wire: () => under.wire, under: () => under, frontiers }
    const bench: Bench = { probe: seen, client: () => clientOf(under.wire), ...ways }
    before(async () => {
      under = await start(seen.endpoint, { frontiers, releases: null })
    })
    after(() => under.stop())

    testAnswers(bench)
    testTexts(bench)
    testErrors(bench)
    testContext(bench)
    testPositions(bench)
    testTime(bench)
    testLimits(bench)
    // One process has one release.
    if (!name.startsWith('local')) testReleases((releases) => start(seen.endpoint, { frontiers, releases }))
  })
}

interface Bench {
  readonly probe: Probe
  readonly client: () => Client<typeof probe>
  readonly wire: () => Wire
  readonly under: () => WireUnderTest
  readonly frontiers: Frontiers
}

const context = { clock: systemClock, random: systemRandom }
const ada = { kind: 'user', id: '1', role: 'customer', scopes: null, sessionId: 's1' } as const

function clientOf(wire: Wire): Client<typeof probe> {
  return createClient(probe, wire, context)
}

function testAnswers({ client }: Bench): void {
  test('data of every JSON type comes back as it was', async () => {
    const data = { text: 'ü 😀 "\\\n\u2028', list: [1, 1.5, -0.001, 1e21], nested: { deep: [{ a: null }] }, yes: true }
    assert.deepEqual(await client().echo({ data }), { data })
    assert.deepEqual(await client().echo({ data: null }), { data: null })
  })

  test('the whole reply crosses: versions, time of change, replayed, pending', async () => {
    const full = { versions: 'p17.s903', changedAt: '2026-01-15T10:30:00.000Z', replayed: true, pending: true }
    assert.deepEqual(await client().answer.reply(full), { data: full, ...full })
    const none = { versions: null, changedAt: null, replayed: false, pending: false }
    assert.deepEqual(await client().answer.reply(none), { data: none, ...none })
  })

  test('many calls at once each get their own answer', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index)
    const answers = await Promise.all(numbers.map((number) => client().echo({ data: number })))
    assert.deepEqual(
      answers.map(({ data }) => data),
      numbers,
    )
  })

  test('a large answer and a large input cross whole', async () => {
    const data = 'x'.repeat(200_000)
    assert.equal((await client().echo({ data })).data, data)
  })
}

/** Wires that carry no text have nothing to show here. */
function testTexts({ wire, client, probe: seen }: Bench): void {
  const TEXT = '{ "data" : "ü \\u00fc 😀", "more": [1.0, 1e3] }'
  const encode = (data: string) => ({ fields: {}, body: Buffer.from(data) })

  test('a body and an answer that nobody reads on the way mean what the values mean', async (t) => {
    const { callEncoded } = wire()
    if (!callEncoded) return t.skip('carries no text')
    const call = createCall(context)
    const { data, ...rest } = await callEncoded.call(wire(), 'probe.echo', encode(`{"data":${TEXT}}`), call)
    assert.deepEqual(JSON.parse(Buffer.from(data).toString()), { data: JSON.parse(TEXT) as unknown })
    assert.equal(
      Buffer.from(data).toString(),
      JSON.stringify(await client().echo({ data: JSON.parse(TEXT) as unknown })),
    )
    assert.deepEqual(rest, { versions: null, changedAt: null, replayed: false, pending: false })
    const fields = { fields: { userId: '1' }, body: null }
    const own = await callEncoded.call(wire(), 'probe.own', fields, createCall({ ...context, principal: ada }))
    assert.equal(Buffer.from(own.data).toString(), 'null')
  })

  test('a body that is no object, no JSON, no UTF-8, or says a field again is refused, and nothing runs', async (t) => {
    const { callEncoded } = wire()
    if (!callEncoded) return t.skip('carries no text')
    const before = seen.calls.length
    const bodies = [encode('[]'), encode('{"'), { fields: {}, body: Buffer.from([0x7b, 0xff, 0x7d]) }]
    const codes = [coreErrors.INVALID_INPUT, coreErrors.MALFORMED_JSON, coreErrors.MALFORMED_JSON].map(
      ({ code }) => code,
    )
    for (const [index, body] of bodies.entries()) {
      const error = await failure(callEncoded.call(wire(), 'probe.note', body, createCall(context)))
      assert.deepEqual([error.code, error.effect], [codes[index], 'not-applied'])
    }
    const twice = { fields: { userId: '1' }, body: Buffer.from('{"userId":"2"}') }
    const error = await failure(
      callEncoded.call(wire(), 'probe.own', twice, createCall({ ...context, principal: ada })),
    )
    assert.equal(error.code, coreErrors.INVALID_INPUT.code)
    assert.equal(seen.calls.length, before)
  })
}

function testErrors({ client, wire, probe: seen }: Bench): void {
  test('an invalid input is refused with each fault, and the operation does not run', async () => {
    const before = seen.calls.length
    const error = await failure(client().echo({ data: 1, nope: 2 } as never))
    assert.equal(error.code, coreErrors.INVALID_INPUT.code)
    assert.deepEqual(error.details, {
      faults: [{ pointer: '/nope', message: 'is not a known field', allowed: ['data'] }],
    })
    assert.equal(seen.calls.length, before)
  })

  test('a declared error crosses whole, without stack and cause', async () => {
    const error = await failure(client().fail({ how: 'declared' }))
    assert.deepEqual(error.toJSON(), probeErrors.BROKEN({ part: 'lamp', left: 3 }).toJSON())
    assert.equal(error.replayed, false)
  })

  test('a stored error says that it is replayed', async () => {
    assert.equal((await failure(client().fail({ how: 'replayed' }))).replayed, true)
  })

  for (const how of ['undeclared', 'thrown', 'thrown-at-once', 'odd', 'bigint', 'circular', 'deep'] as const) {
    test(`an error that the contract does not know, or that cannot be told (${how}), arrives as api.INTERNAL and is logged with its request`, async () => {
      const requestId = `request-${how}`
      const error = await failure(client().fail({ how }, { requestId }))
      assert.equal(error.code, coreErrors.INTERNAL.code)
      assert.deepEqual([error.effect, error.retry], ['unknown', 'same-key'])
      assert.ok(!JSON.stringify(error).includes('secret'))
      assert.ok(seen.logged.some((line) => line.requestId === requestId && line.operation === 'probe.fail'))
    })
  }

  test('a query that failed has changed nothing and may be asked again', async () => {
    const error = await failure(client().failingQuery({}))
    assert.deepEqual([error.code, error.effect, error.retry], [coreErrors.INTERNAL.code, 'not-applied', 'safe'])
  })

  test('access is checked at the service: nobody, another, a user at an internal operation', async () => {
    assert.equal((await failure(client().own({ userId: '1' }))).code, coreErrors.UNAUTHENTICATED.code)
    assert.equal((await failure(client().own({ userId: '2' }, { principal: ada }))).code, coreErrors.NOT_FOUND.code)
    assert.equal((await failure(client().inner({}, { principal: ada }))).code, coreErrors.FORBIDDEN.code)
    assert.deepEqual(await client().own({ userId: '1' }, { principal: ada }), null)
    assert.deepEqual(await client().inner({}, { principal: { kind: 'service', name: 'orders' } }), null)
  })

  test('an operation that the service does not have is refused', async () => {
    const error = await failure(wire().call('probe.nope', {}, createCall(context)))
    assert.equal(error.code, meshErrors.UNKNOWN_OPERATION.code)
  })
}

function testContext({ client, probe: seen }: Bench): void {
  test('principal, key, request, trace, saga, wait and If-Match reach the operation', async () => {
    const call: Call = {
      ...createCall({ ...context, principal: ada, key: 'k/1 ~', requestId: 'r1', waitMs: 1_234, ifMatch: 'v2-p17' }),
      traceParent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      saga: { id: 'sag_1_x', step: 'charge', fence: 7 },
    }
    await client().note({}, call)
    const { deadlineAtMs: _, signal: __, ...received } = seen.calls.at(-1)!
    const { deadlineAtMs: ___, signal: ____, ...sent } = call
    assert.deepEqual(received, sent)
  })

  test('calls of different traces keep them apart', async () => {
    const traces = Array.from(
      { length: 20 },
      (_, index) => `00-${index.toString(16).padStart(32, 'a')}-b7ad6b7169203331-01`,
    )
    await Promise.all(traces.map((traceParent) => client().note({}, { traceParent })))
    const received = new Set(seen.calls.slice(-20).map(({ traceParent }) => traceParent))
    assert.deepEqual(received, new Set(traces))
    await client().note({}, { traceParent: null })
    assert.equal(seen.calls.at(-1)!.traceParent, null)
  })

  test('a repeat with the same key arrives with the same key', async () => {
    await client().note({}, { key: 'again' })
    await client().note({}, { key: 'again' })
    assert.deepEqual(
      seen.calls.slice(-2).map(({ key }) => key),
      ['again', 'again'],
    )
  })

  test('a key that cannot be one is refused', async () => {
    for (const key of ['', 'x'.repeat(256), 'a\nb', 'ü']) {
      assert.equal((await failure(client().note({}, { key }))).code, coreErrors.INVALID_INPUT.code)
    }
  })
}

function testPositions({ client, probe: seen, frontiers }: Bench): void {
  test('what the caller has seen of the logs reaches the operation, with that call only', async () => {
    const after = { 'orders/0/1': 512, 'payments/0/1': 9_007_199_254_740_991 }
    await Promise.all([
      client().note({}, { ...createCall({ ...context, key: 'with' }), after }),
      client().note({}, { key: 'without' }),
    ])
    const received = new Map(seen.calls.slice(-2).map((call) => [call.key, call.after]))
    assert.deepEqual([received.get('with'), received.get('without')], [after, undefined])
  })

  test('how far the logs have come is known before the answer to a command, good or bad, and does not go back', async () => {
    frontiers.service.raise({ 'probe/0/1': 3 })
    await client().note({})
    assert.equal(frontiers.caller.positions()['probe/0/1'], 3)
    frontiers.service.raise({ 'probe/0/1': 4, 'orders/0/1': 1 })
    await failure(client().fail({ how: 'declared' }))
    assert.deepEqual(frontiers.caller.positions(), { 'probe/0/1': 4, 'orders/0/1': 1 })
    frontiers.caller.raise({ 'probe/0/1': 9 })
    await client().note({})
    assert.equal(frontiers.caller.positions()['probe/0/1'], 9)
  })
}

function testTime({ client, probe: seen }: Bench): void {
  test('the deadline shrinks on the way and never grows beyond the contract', async () => {
    const sentAtMs = systemClock.monotonicMs()
    await client().note({}, { timeoutMs: 1_000 })
    assert.ok(leftAt(seen, sentAtMs) <= 1_050, 'the caller sets a shorter one')
    await client().note({}, { timeoutMs: 60_000 })
    assert.ok(leftAt(seen, sentAtMs) <= 5_000 + 1_000, 'the contract says 5 s')
  })

  test('at the deadline the caller is answered and the operation is told', async () => {
    const startedMs = systemClock.monotonicMs()
    const error = await failure(client().hang({}, { timeoutMs: 60 }))
    assert.equal(error.code, coreErrors.DEADLINE_EXCEEDED.code)
    assert.deepEqual([error.effect, error.retry], ['unknown', 'same-key'])
    assert.ok(systemClock.monotonicMs() - startedMs < 1_000)
    await until(() => seen.aborted === 1, 'the operation sees its signal abort')
  })

  test('a deadline that has passed runs nothing', async () => {
    const before = seen.calls.length
    assert.equal((await failure(client().note({}, { timeoutMs: 0 }))).code, coreErrors.DEADLINE_EXCEEDED.code)
    assert.equal(seen.calls.length, before)
  })

  test('a caller that gives up is answered, and the operation is told', async () => {
    const abort = new AbortController()
    const pending = failure(client().hang({}, { signal: abort.signal }))
    await until(() => seen.hanging === 1, 'the operation has begun')
    abort.abort()
    assert.equal((await pending).code, coreErrors.CANCELLED.code)
    await until(() => seen.aborted === 2, 'the operation sees its signal abort')
  })

  test('a caller that gave up before the call runs nothing', async () => {
    const before = seen.calls.length
    assert.equal((await failure(client().note({}, { signal: AbortSignal.abort() }))).code, coreErrors.CANCELLED.code)
    assert.equal(seen.calls.length, before)
  })
}

function testLimits({ client, probe: seen, under }: Bench): void {
  test('a message that is too large is refused, not carried out, and harms no other', async (t) => {
    const { maxMessageBytes } = under()
    if (maxMessageBytes === undefined) return t.skip('carries messages of any size')
    const [large, small] = await Promise.all([
      failure(client().echo({ data: 'x'.repeat(maxMessageBytes) }, { timeoutMs: 5_000 })),
      client().echo({ data: 1 }),
    ])
    assert.deepEqual(
      [large.code, large.effect, large.retry],
      [meshErrors.MESSAGE_TOO_LARGE.code, 'not-applied', 'never'],
    )
    assert.deepEqual(small, { data: 1 })
    assert.equal((await client().echo({ data: 'x'.repeat(maxMessageBytes / 2) })).data, 'x'.repeat(maxMessageBytes / 2))
  })

  test('what stands beside the data is bounded alike on each wire, and no other call suffers from it', async () => {
    const NONE = { versions: null, changedAt: null, replayed: false, pending: false }
    const [versions, changedAt] = ['v'.repeat(4_000), 'c'.repeat(96)]
    assert.deepEqual(await client().answer({ ...NONE, versions, changedAt }), { ...NONE, versions, changedAt })
    const long = [
      { versions: `${versions}v`, changedAt },
      { versions: 'v'.repeat(300_000) },
      { changedAt: versions + versions },
    ]
    for (const more of long) {
      const { code, effect, retry } = await failure(client().answer({ ...NONE, ...more }))
      assert.deepEqual([code, effect, retry], [meshErrors.MESSAGE_TOO_LARGE.code, 'applied', 'never'])
      assert.deepEqual(await client().echo({ data: 1 }), { data: 1 })
    }
  })

  test('answers that are taken slowly all come', async () => {
    const data = 'x'.repeat(100_000)
    const answers = Array.from({ length: 100 }, () => client().echo({ data }, { timeoutMs: 20_000 }))
    // The caller's process is busy while they arrive.
    for (let turn = 0; turn < 10; turn++) {
      const endMs = systemClock.monotonicMs() + 5
      while (systemClock.monotonicMs() < endMs);
      await new Promise(setImmediate)
    }
    for (const answer of await Promise.all(answers)) assert.equal(answer.data, data)
  })

  test('more calls than may run at once are refused, and may safely be repeated', async () => {
    await until(() => seen.endpoint.inFlight() === 0, 'nothing runs')
    const abort = new AbortController()
    const running = Array.from({ length: PROBE_MAX_IN_FLIGHT }, () =>
      failure(client().hang({}, { signal: abort.signal })),
    )
    await until(() => seen.hanging === PROBE_MAX_IN_FLIGHT, 'the endpoint is full')
    const error = await failure(client().note({}))
    assert.deepEqual([error.code, error.effect, error.retry], [coreErrors.OVERLOADED.code, 'not-applied', 'safe'])
    abort.abort()
    await Promise.all(running)
    await until(() => seen.endpoint.inFlight() === 0, 'all are gone')
    assert.equal(await client().note({}), null)
  })
}

function leftAt({ calls }: Probe, sinceMs: number): number {
  return calls.at(-1)!.deadlineAtMs - sinceMs
}

async function failure(call: Promise<unknown>): Promise<BanyanError> {
  const answer = await call.then(
    (data) => assert.fail(`expected an error, got ${JSON.stringify(data)}`),
    (error: unknown) => error,
  )
  assert.ok(isDeclared(answer), String(answer))
  return answer
}

const WAIT_MS = 5_000

async function until(isSo: () => boolean, what: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + WAIT_MS
  while (!isSo()) {
    assert.ok(systemClock.monotonicMs() < endMs, `waited ${WAIT_MS} ms until ${what}`)
    await systemClock.sleep(2)
  }
}
