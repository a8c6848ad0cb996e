import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { systemClock, systemRandom } from '../core/index.ts'
import type { Middleware, OperationCall } from '../mesh/index.ts'
import { createSpanRing, createTracer } from '../observe/index.ts'
import { startTestPostgres, type TestPostgres, until } from '../testing/index.ts'
import { findSaga } from './admin.ts'
import { createTravelSchemas, openAgency, sagaIdOf, travelErrors, tripSaga, type Agency } from './trips.fixture.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const BEGAN = 'b7ad6b7169203331'

describe('what a saga leaves for people', () => {
  let postgres: TestPostgres
  let open: Agency[]
  let fault: (request: OperationCall, what: string | undefined) => void
  /** By operation: the trace parents that participants were called with. */
  let received: [string, string | null][]
  const ring = createSpanRing()
  const watch: Middleware = (next) => async (request) => {
    received.push([request.id, request.call.traceParent])
    fault(request, (request.input as { what?: string }).what)
    return next(request)
  }

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    await createTravelSchemas(postgres)
  })
  after(() => postgres?.stop())
  beforeEach(() => {
    open = []
    received = []
    fault = () => undefined
  })
  afterEach(async () => {
    for (const agency of open) await agency[Symbol.asyncDispose]()
  })

  test('each step is a span of its own below the command that began it, and hands the trace on', async () => {
    const agency = await start('one')
    await book(agency, 'quick')
    const spansNow = () =>
      ring.trace(TRACE).filter(({ attributes }) => attributes['banyan.saga.id'] === sagaIdOf('quick'))
    await until(async () => spansNow().length === 3) // the caller is told before the last step's answer is back
    const spans = spansNow()
    assert.deepEqual(
      spans.map(({ name, kind, parentSpanId }) => [name, kind, parentSpanId]),
      ['trips.trip seat', 'trips.trip bed', 'trips.trip complete'].map((name) => [name, 'client', BEGAN]),
    )
    assert.deepEqual(
      received.filter(([id]) => id !== 'trips.book').map(([, traceParent]) => traceParent),
      spans.map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
    )
  })

  test('the timeline tells attempts, how long each took, who took over from whom, and the trace', async () => {
    const first = await start('one')
    fault = (_, what) => {
      if (what === 'bed') throw travelErrors.BROKEN({ what })
    }
    const booking = book(first, 'long', 10)
    await until(async () => received.filter(([id]) => id === 'things.take').length >= 3)
    const second = await start('two')
    await first.engine.stop()
    fault = () => undefined
    await until(async () => (await findSaga(second.trips, sagaIdOf('long')))?.status === 'completed')
    await booking

    const saga = (await findSaga(second.trips, sagaIdOf('long')))!
    assert.deepEqual([saga.traceId, saga.owner, saga.fence], [TRACE, 'two', 2])
    const told = saga.timeline.map(({ step, kind, attempt, process, fence, code, from }) =>
      [process, fence, step, kind, attempt, code ?? from ?? ''].join(' ').trim(),
    )
    const failures = told.filter((line) => line.includes('failed'))
    assert.deepEqual(failures.slice(0, 2), ['one 1 bed failed 1 trips.BROKEN', 'one 1 bed failed 2 trips.BROKEN'])
    assert.deepEqual(
      told.filter((line) => !failures.includes(line)),
      ['one 1 seat ran 1', 'two 2  taken-over 1 one', 'two 2 seat ran 1', 'two 2 bed ran 1'],
    )
    const calls = saga.timeline.filter(({ kind }) => kind !== 'taken-over')
    assert.ok(
      calls.every(({ ms }) => ms !== undefined && ms >= 0),
      'each attempt says how long it took',
    )
  })

  test('after a take-over the steps go on with the trace of the command that began the saga', () => {
    const spans = ring.trace(TRACE).filter(({ attributes }) => attributes['banyan.saga.id'] === sagaIdOf('long'))
    assert.ok(spans.every(({ parentSpanId }) => parentSpanId === BEGAN))
    const byFence = (fence: number) => spans.filter(({ attributes }) => attributes['banyan.saga.fence'] === fence)
    assert.deepEqual(
      byFence(2).map(({ name }) => name),
      ['trips.trip seat', 'trips.trip bed', 'trips.trip complete'],
    )
    const failed = byFence(1).filter(({ status }) => status === 'failed')
    assert.deepEqual(
      failed.slice(0, 2).map(({ name, attributes }) => [name, attributes['banyan.saga.attempt']]),
      [
        ['trips.trip bed', 1],
        ['trips.trip bed', 2],
      ],
    )
  })

  async function start(name: string): Promise<Agency> {
    const tracer = createTracer({ clock: systemClock, random: systemRandom, sinks: [ring] })
    const limits = { leaseMs: 600_000, sweepMs: 20 }
    const definitions = [tripSaga(['seat', 'bed'])]
    const agency = await openAgency({ postgres, definitions, middleware: [watch], name, tracer, limits })
    open.push(agency)
    await agency.engine.start()
    return agency
  }

  function book(agency: Agency, tripId: string, waitMs = 5_000) {
    return agency.book(tripId, { waitMs, traceParent: `00-${TRACE}-${BEGAN}-01` })
  }
})
