import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock, type Clock } from '../core/index.ts'
import { meshErrors, type Middleware } from '../mesh/index.ts'
import { startTestPostgres, until, type TestPostgres } from '../testing/index.ts'
import { findSaga } from './admin.ts'
import { auditSagas } from './audit.ts'
import { createTravelSchemas, openAgency, sagaIdOf, travelErrors, tripSaga, type Agency } from './trips.fixture.ts'

const definitions = [tripSaga(['seat', 'bed'], { deadlineMs: 20_000 })]

/** A process whose wall clock is wrong; the test can set it. */
function createWrongClock(offsetMs: number): Clock & { offsetMs: number } {
  const wrong = { ...systemClock, offsetMs, now: () => systemClock.now() + wrong.offsetMs }
  return wrong
}

describe('processes whose wall clocks are minutes apart', () => {
  let postgres: TestPostgres
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    await createTravelSchemas(postgres)
  })
  after(() => postgres?.stop())

  test('a saga keeps its deadline and its order in time whoever goes on with it, and the audit finds nothing', async () => {
    for (const [first, second] of [
      [216_000, -590_000],
      [-590_000, 216_000],
    ] as const) {
      const trip = `skewed${first}`
      let isBroken = true
      const breaks: Middleware = (next) => (request) => {
        if (isBroken && request.id === 'things.take') throw travelErrors.BROKEN({ what: 'a step' })
        return next(request)
      }
      const open = (name: string, offsetMs: number) =>
        openAgency({ postgres, definitions, name, clock: createWrongClock(offsetMs), middleware: [breaks] })
      await using one = await open('one', first)
      await one.engine.start()
      await one.book(trip, { waitMs: 10 })
      await untilNoted(one, trip, 'failed')
      await one.engine.stop()

      isBroken = false
      await using two = await open('two', second)
      await two.engine.start()
      const saga = await untilNoted(two, trip, 'ran')
      assert.equal(saga.status, 'completed', 'its deadline had not passed')
      const times = saga.timeline.map(({ at }) => Date.parse(at))
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
      assert.ok(times.every((at) => at >= Date.parse(saga.createdAt) && at <= Date.parse(saga.endedAt!)))
      assert.deepEqual((await two.trips.transaction(auditSagas)).rows, [])
    }
  })

  test('a clock that is set while its process acts ends no lease and passes no deadline', async () => {
    const clock = createWrongClock(0)
    const limits = { leaseMs: 1_000, sweepMs: 100 }
    let isBroken = true
    const breaks: Middleware = (next) => (request) => {
      if (isBroken && request.id === 'things.take') throw travelErrors.BROKEN({ what: 'a step' })
      return next(request)
    }
    await using one = await openAgency({ postgres, definitions, name: 'one', clock, limits, middleware: [breaks] })
    await using other = await openAgency({ postgres, definitions, name: 'other', limits })
    await one.engine.start()
    await other.engine.start()
    await one.book('jumping', { waitMs: 10 })
    for (const offsetMs of [600_000, -600_000, 0]) {
      clock.offsetMs = offsetMs
      const noted = (await findSaga(one.trips, sagaIdOf('jumping')))!.timeline.length
      await until(async () => (await findSaga(one.trips, sagaIdOf('jumping')))!.timeline.length > noted)
    }
    isBroken = false
    const { status, owner, fence } = await untilNoted(one, 'jumping', 'ran')
    assert.deepEqual({ status, owner, fence }, { status: 'completed', owner: 'one', fence: 1 })
    assert.deepEqual((await one.trips.transaction(auditSagas)).rows, [])
  })

  test('a step whose caller is not let in, because a clock is wrong, is asked again, and nothing is undone', async () => {
    let refusals = 0
    const distrusts: Middleware = (next) => (request) => {
      if (request.id === 'things.take' && refusals++ < 2)
        throw meshErrors.UNTRUSTED_CALLER({ fault: 'a clock is wrong' })
      return next(request)
    }
    await using one = await openAgency({ postgres, definitions, name: 'distrusted', middleware: [distrusts] })
    await one.engine.start()
    await one.book('distrusted')
    const saga = await untilNoted(one, 'distrusted', 'ran')
    assert.equal(saga.status, 'completed')
    assert.deepEqual(await one.holdings('distrusted'), ['bed taken', 'seat taken'])
  })
})

async function untilNoted({ trips }: Agency, trip: string, kind: string) {
  const find = () => findSaga(trips, sagaIdOf(trip))
  await until(async () => {
    const saga = await find()
    return saga!.timeline.some((entry) => entry.kind === kind) && (kind !== 'ran' || saga!.endedAt !== null)
  })
  return (await find())!
}
