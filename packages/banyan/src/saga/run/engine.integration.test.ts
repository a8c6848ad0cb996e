import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { createCall, type CallOptions, type Reply } from '../../contract/index.ts'
import { isError, systemClock, type BanyanError, type ErrorFactory } from '../../core/index.ts'
import { sagaErrors } from '../../command/index.ts'
import type { Middleware, OperationCall } from '../../mesh/index.ts'
import { startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { findSaga, listSagas, retrySaga } from '../admin.ts'
import { auditSagas } from '../audit.ts'
import { sagaEngineErrors } from '../saga-errors.ts'
import { takeOverSagas } from '../saga-store.ts'
import {
  createTravelSchemas,
  openAgency,
  sagaIdOf,
  travelErrors,
  tripSaga,
  type Agency,
  type AgencyOptions,
} from '../trips.fixture.ts'

describe('the saga engine', () => {
  let postgres: TestPostgres
  let open: Agency[]
  let calls: string[]
  /** What befalls a call before it is carried out; a test sets it. */
  let fault: (request: OperationCall, what: string) => Promise<void> | void
  let number = 0
  let trip: string

  const watch: Middleware = (next) => async (request) => {
    if (request.id === 'trips.book') return next(request)
    const what = (request.input as { what?: string }).what
    const name = `${request.id.split('.')[1]}${what ? ` ${what}` : ''}`
    try {
      await fault(request, name)
      const reply = await next(request)
      calls.push(name)
      return reply
    } catch (error) {
      calls.push(`${name}: ${(error as BanyanError).code}`)
      throw error
    }
  }

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    await createTravelSchemas(postgres)
  })
  after(() => postgres?.stop())
  beforeEach(() => {
    open = []
    calls = []
    fault = () => undefined
    trip = `t${++number}`
  })
  afterEach(async () => {
    for (const agency of open) await agency[Symbol.asyncDispose]()
  })

  test('runs the steps in order, each with the results before it, and answers what the end answers', async () => {
    const agency = await start()
    assert.deepEqual((await agency.book(trip)).data, { userId: '7', tripId: trip })
    await until(async () => calls.length === 4) // the caller hears of the end before the end's own call returns
    assert.deepEqual(calls, ['take seat', 'take bed', 'take meal', 'confirm'])
    assert.deepEqual(await agency.holdings(trip), ['bed taken', 'meal taken', 'seat taken'])
    assert.equal(await statusOf(agency), 'completed')
  })

  test('a refusal turns back: what ran is undone in reverse, what refused is not, the caller learns why', async () => {
    const agency = await start()
    fault = (_, name) => {
      if (name === 'take meal') throw travelErrors.SOLD_OUT({ what: 'meal' })
    }
    await refused(agency.book(trip), travelErrors.SOLD_OUT)
    await until(async () => calls.length === 6)
    assert.deepEqual(calls, [
      'take seat',
      'take bed',
      'take meal: trips.SOLD_OUT',
      'giveBack bed',
      'giveBack seat',
      'abandon',
    ])
    assert.deepEqual(await agency.holdings(trip), ['bed given back', 'seat given back'])
    assert.equal(await statusOf(agency), 'compensated')
  })

  test('an end that refuses turns all of it back', async () => {
    const agency = await start()
    fault = (_, name) => {
      if (name === 'confirm') throw travelErrors.SOLD_OUT({ what: 'room on the list' })
    }
    await refused(agency.book(trip), travelErrors.SOLD_OUT)
    assert.deepEqual(
      calls.filter((call) => call.startsWith('giveBack')),
      ['giveBack meal', 'giveBack bed', 'giveBack seat'],
    )
  })

  test('past its deadline it turns back, and leaves a tombstone for the step that may still arrive', async () => {
    const agency = await start({ definitions: [tripSaga(['seat', 'bed'], { deadlineMs: 400 })] })
    fault = (_, name) => {
      if (name === 'take bed') throw travelErrors.BROKEN({ what: 'bed' })
    }
    await refused(agency.book(trip), sagaEngineErrors.DEADLINE_PASSED)
    assert.deepEqual(await agency.holdings(trip), ['bed forbidden', 'seat given back'])
    fault = () => undefined
    await refused(call(agency, 'things.take', { what: 'bed', fence: 1 }), sagaErrors.COMPENSATED)
    assert.deepEqual(await agency.holdings(trip), ['bed forbidden', 'seat given back'])
  })

  test('taken over past its deadline it undoes what the owner before may have done, too', async () => {
    const definitions = [tripSaga(['seat', 'bed', 'meal'], { deadlineMs: 500 })]
    const first = await start({ definitions })
    fault = (_, name) => {
      if (name === 'take meal') throw travelErrors.BROKEN({ what: 'meal' })
    }
    await first.book(trip, { waitMs: 10 })
    await until(async () => (await first.holdings(trip)).length === 2)
    await first.engine.stop()
    assert.equal(await statusOf(first), 'running', 'it had not turned back itself')
    fault = () => undefined
    const { deadlineAt } = (await first.trips.query<{ deadlineAt: Date }>(DEADLINE, [sagaIdOf(trip)]))[0]!
    await until(async () => systemClock.now() > deadlineAt.getTime())
    const second = await start({ name: 'two', definitions })
    await until(async () => (await statusOf(second)) === 'compensated')
    assert.deepEqual(await second.holdings(trip), ['bed given back', 'meal forbidden', 'seat given back'])
  })

  test('an end that was under way when its saga turned back is refused, although its fence still holds', async () => {
    const late = Promise.withResolvers<void>()
    const undoing = Promise.withResolvers<void>()
    const agency = await start({
      definitions: [tripSaga(['seat'], { deadlineMs: 300 })],
      limits: { attemptTimeoutMs: 100 },
    })
    fault = async (_, name) => {
      if (name === 'confirm') throw travelErrors.BROKEN({ what: 'the confirmation' })
      if (name !== 'giveBack seat') return
      undoing.resolve()
      await late.promise
    }
    const booking = agency.book(trip)
    await undoing.promise
    fault = () => undefined
    const [end] = await Promise.allSettled([
      call(agency, 'trips.confirm', { fence: 1, step: 'complete' }).finally(() => late.resolve()),
      booking,
    ])
    assert.ok(end.status === 'rejected' && isError(end.reason, sagaErrors.COMPENSATED), JSON.stringify(end))
    await refused(booking, sagaEngineErrors.DEADLINE_PASSED)
    assert.equal(await statusOf(agency), 'compensated')
  })

  test('bounded retries, then it needs attention; a retry by hand resumes it', async () => {
    const agency = await start({ limits: { maxAttempts: 3, sweepMs: 20 } })
    fault = (_, name) => {
      if (name === 'take bed') throw travelErrors.BROKEN({ what: 'bed' })
    }
    assert.equal((await agency.book(trip, { waitMs: 10 })).pending, true)
    await until(async () => (await statusOf(agency)) === 'needs-attention')
    assert.equal(calls.filter((one) => one.startsWith('take bed')).length, 3)
    assert.match((await findSaga(agency.trips, sagaIdOf(trip)))!.attention!, /bed failed 3 times.*trips\.BROKEN/)
    fault = () => undefined
    assert.equal(await retrySaga(agency.trips, sagaIdOf(trip)), true)
    await until(async () => (await statusOf(agency)) === 'completed')
    assert.deepEqual(await agency.holdings(trip), ['bed taken', 'meal taken', 'seat taken'])
  })

  test('a compensation that is refused needs attention, and is not taken for done', async () => {
    const agency = await start()
    fault = (_, name) => {
      if (name === 'take meal' || name === 'giveBack bed') throw travelErrors.SOLD_OUT({ what: name })
    }
    const [booking] = await Promise.allSettled([agency.book(trip, { waitMs: 10 })])
    await until(async () => !['running', 'compensating'].includes((await statusOf(agency))!))
    assert.equal(await statusOf(agency), 'needs-attention')
    assert.ok(booking.status === 'fulfilled' && booking.value.pending, 'nobody was told an end')
    assert.deepEqual(await agency.holdings(trip), ['bed taken', 'seat taken'], 'nothing before it was undone')
    fault = () => undefined
    assert.equal(await retrySaga(agency.trips, sagaIdOf(trip)), true)
    await until(async () => (await statusOf(agency)) === 'compensated')
    assert.deepEqual(await agency.holdings(trip), ['bed given back', 'seat given back'])
  })

  test('a saga is finished by the version it began with; who does not have that version leaves it', async () => {
    const [v1, v2] = [tripSaga(['seat']), tripSaga(['bed'], { version: 2 })]
    const old = await start({ definitions: [v1] })
    fault = (_, name) => {
      if (name === 'take seat') throw travelErrors.BROKEN({ what: 'seat' })
    }
    await old.book(trip, { waitMs: 10 })
    await old[Symbol.asyncDispose]()
    open = []
    fault = () => undefined

    const stranger = await start({ name: 'stranger', definitions: [v2], limits: { sweepMs: 10 } })
    await stranger.book('fresh') // several rounds of its sweep later
    await systemClock.sleep(50)
    assert.equal(await statusOf(stranger), 'running')
    const heir = await start({ name: 'heir', definitions: [v1, v2] })
    await until(async () => (await statusOf(heir)) === 'completed')
    assert.deepEqual(await heir.holdings(trip), ['seat taken'])
    assert.deepEqual(await heir.holdings('fresh'), ['bed taken'])
  })

  test('stop gives the leases back: another process goes on at once', async () => {
    const limits = { leaseMs: 600_000, sweepMs: 20 }
    const first = await start({ limits })
    fault = (_, name) => {
      if (name === 'take meal') throw travelErrors.BROKEN({ what: 'meal' })
    }
    await first.book(trip, { waitMs: 10 })
    const second = await start({ name: 'two', limits })
    await first.engine.stop()
    fault = () => undefined
    await until(async () => (await statusOf(second)) === 'completed')
    assert.equal((await findSaga(second.trips, sagaIdOf(trip)))!.fence, 2)
  })

  test('who lost its lease stops acting; who takes over finishes; the late call of the first is fenced and writes nothing', async () => {
    let skippedMs = 0
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skippedMs }
    const asleep = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    // The first process renews so seldom that it might as well have been stopped (SIGSTOP, a swapped-out host).
    const first = await start({ clock, limits: { leaseMs: 8_000, sweepMs: 60_000, attemptTimeoutMs: 60_000 } })
    fault = async ({ call: { saga } }, name) => {
      if (name !== 'take bed' || saga?.fence !== 1) return
      reached.resolve()
      await asleep.promise
    }
    const booking = first.book(trip)
    await reached.promise
    skippedMs = 9_000
    await first.trips.query(`UPDATE banyan_processes SET lease_until = now() WHERE name = 'one'`)
    const second = await start({ name: 'two', limits: { leaseMs: 60_000, sweepMs: 20 } })
    await until(async () => (await statusOf(second)) === 'completed')
    const before = await second.things.query('SELECT * FROM held ORDER BY trip_id, what')
    asleep.resolve()
    await until(async () => first.engine.running() === 0)
    assert.ok(calls.includes('take bed: saga.FENCED'), calls.join())
    assert.equal(calls.filter((one) => one === 'take meal').length, 1, 'the first stopped at the step it was in')
    assert.deepEqual(await second.things.query('SELECT * FROM held ORDER BY trip_id, what'), before)
    assert.equal((await booking).pending, false, 'whoever waited gets the answer of the second')
  })

  test('who takes over its own saga, after its lease lapsed, goes on under the new fence alone', async () => {
    const asleep = Promise.withResolvers<void>()
    const agency = await start({ limits: { sweepMs: 20 } })
    fault = async ({ call: { saga } }, name) => {
      if (name === 'take bed' && saga?.fence === 1) await asleep.promise
    }
    const booking = agency.book(trip)
    await until(async () => calls.includes('take seat'))
    // As another process of that name does at its start: this one's life is over, and its next round begins a new one.
    await agency.trips.query(`UPDATE banyan_processes SET epoch = epoch + 1, lease_until = now() WHERE name = 'one'`)
    await until(async () => (await findSaga(agency.trips, sagaIdOf(trip)))!.fence === 2)
    asleep.resolve()
    assert.equal((await booking).pending, false)
    const taken = calls.filter((name) => name.startsWith('take'))
    assert.deepEqual(taken, ['take seat', 'take bed', 'take seat', 'take bed', 'take meal'])
    assert.deepEqual(await agency.holdings(trip), ['bed taken', 'meal taken', 'seat taken'])
  })

  test('a life that has ended takes over nothing, also when its round has begun before', async () => {
    const agency = await start({ limits: { sweepMs: 60_000 } })
    fault = (_, name) => {
      if (name === 'take seat') throw travelErrors.BROKEN({ what: 'seat' })
    }
    await agency.book(trip, { waitMs: 10 })
    const [life] = await agency.trips.query<{ epoch: string }>(
      `UPDATE banyan_processes SET epoch = epoch + 1 WHERE name = 'one' RETURNING epoch - 1 AS epoch`,
    )
    const how = { names: ['trips.trip/1'], limit: 10 }
    assert.deepEqual(await takeOverSagas(agency.trips, { name: 'one', epoch: life!.epoch }, how), [])
    const [taken] = await takeOverSagas(agency.trips, { name: 'one', epoch: String(Number(life!.epoch) + 1) }, how)
    assert.deepEqual([taken?.record.fence, taken?.from], [2, 'one'])
  })

  test('a fence that was seen once bars every lower one, in the transaction of the participant', async () => {
    const agency = await start()
    await call(agency, 'things.take', { what: 'seat', fence: 2 })
    await refused(call(agency, 'things.take', { what: 'bed', fence: 1 }), sagaErrors.FENCED)
    await refused(call(agency, 'things.giveBack', { what: 'seat', fence: 1 }), sagaErrors.FENCED)
    assert.deepEqual(await agency.holdings(trip), ['seat taken'])
    await call(agency, 'things.giveBack', { what: 'seat', fence: 2 })
    assert.deepEqual(await agency.holdings(trip), ['seat given back'])
  })

  test('an end under an old fence is refused by the owner, and by whoever it was taken over from, too', async () => {
    const first = await start()
    fault = (_, name) => {
      if (name === 'take meal') throw travelErrors.BROKEN({ what: 'meal' })
    }
    await first.book(trip, { waitMs: 10 })
    await first.engine.stop()
    const second = await start({ name: 'two', limits: { sweepMs: 20 } })
    await until(async () => (await findSaga(second.trips, sagaIdOf(trip)))?.fence === 2)
    await refused(call(first, 'trips.confirm', { fence: 1, step: 'complete' }), sagaErrors.FENCED)
    assert.equal(await statusOf(second), 'running')
    fault = () => undefined
    await until(async () => (await statusOf(second)) === 'completed')
  })

  test('twenty sagas through a database that is killed: all end, nothing is taken twice or forgotten', async () => {
    const agency = await start({ limits: { sweepMs: 50 } })
    const names = Array.from({ length: 20 }, (_, index) => `${trip}x${index}`)
    fault = (_, name) => {
      if (name === 'take bed') throw travelErrors.BROKEN({ what: 'bed' })
    }
    const [first, ...others] = names
    await Promise.all(others.map((name) => agency.book(name, { waitMs: 10 })))
    const waiting = agency.book(first!)
    await until(async () => (await findSaga(agency.trips, sagaIdOf(first!))) !== null)
    const { processId } = postgres.embedded
    process.kill(processId, 'SIGKILL')
    fault = () => undefined
    await until(async () => postgres.embedded.processId !== processId)
    for (const name of names) {
      await until(async () => (await findSaga(agency.trips, sagaIdOf(name)))?.status === 'completed')
      assert.deepEqual(await agency.holdings(name), ['bed taken', 'meal taken', 'seat taken'])
    }
    assert.deepEqual((await waiting).pending, false, 'who waits is not told that nothing was applied')
  })

  test('after all of this the audit of the sagas finds nothing', async () => {
    const agency = await start()
    assert.deepEqual((await agency.trips.transaction(auditSagas)).rows, [])
    assert.deepEqual(await listSagas(agency.trips, { status: 'open', limit: 10 }), [])
  })

  async function start(options: Partial<AgencyOptions> = {}): Promise<Agency> {
    const definitions = [tripSaga(['seat', 'bed', 'meal'])]
    const agency = await openAgency({ postgres, definitions, middleware: [watch], ...options })
    open.push(agency)
    await agency.engine.start()
    return agency
  }

  async function statusOf(agency: Agency): Promise<string | undefined> {
    return (await findSaga(agency.trips, sagaIdOf(trip)))?.status
  }

  /** A step's call as the engine of some process would send it. */
  function call({ wire }: Agency, operation: string, { fence, step = 'late', what }: Late): Promise<Reply> {
    const options: CallOptions = { principal: { kind: 'service', name: 'trips' }, key: `${sagaIdOf(trip)}/${step}` }
    const input = { userId: '7', tripId: trip, ...(what === undefined ? {} : { what }) }
    return wire.call(operation, input, { ...createCall(options), saga: { id: sagaIdOf(trip), step, fence } })
  }
})

const DEADLINE = 'SELECT deadline_at AS "deadlineAt" FROM banyan_sagas WHERE id = $1'

interface Late {
  readonly fence: number
  readonly step?: string
  readonly what?: string
}

async function refused(call: Promise<unknown>, factory: ErrorFactory): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(isError(error, factory), `expected ${factory.code}, got ${String(error)}`)
    return true
  })
}

async function until(condition: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = systemClock.monotonicMs() + timeoutMs
  while (!(await holds(condition))) {
    if (systemClock.monotonicMs() > deadline) assert.fail(`the condition did not come true within ${timeoutMs} ms`)
    await systemClock.sleep(10)
  }
}

/** A database that is away makes no condition true. */
async function holds(condition: () => Promise<boolean>): Promise<boolean> {
  try {
    return await condition()
  } catch {
    return false
  }
}
