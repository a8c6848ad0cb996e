import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '../core/index.ts'
import { assertPureSaga } from '../testing/index.ts'
import { defineSaga, invoke } from './definition.ts'
import { things, trips, tripSaga } from './trips.fixture.ts'

const results = { seat: things.operations.take.output, bed: things.operations.take.output }

test('a definition that reads only its scope is pure', () => {
  assertPureSaga(tripSaga(['seat', 'bed']), { results })
})

test('one that reads the clock, throws dice or keeps notes is found out', () => {
  let calls = 0
  const impurities = [
    () => new Date().toISOString(),
    () => String(Date.now()),
    () => String(Math.random()),
    () => String(++calls),
  ]
  for (const what of impurities) {
    const saga = defineSaga({ name: 'trips.odd', version: 1, input: Type.Object({}), deadlineMs: null })
      .step('seat', {
        run: () => invoke(things, 'take', { userId: '7', tripId: 'a', what: what() }),
        irreversible: 'for the test',
      })
      .ends({ complete: () => invoke(trips, 'confirm', { userId: '7', tripId: 'a' }) })
    assert.throws(
      () => assertPureSaga(saga, { results }),
      ({ cause }: Error) => /seat is not a function of its scope/.test(String(cause)),
    )
  }
})
