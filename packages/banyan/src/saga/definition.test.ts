import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '../core/index.ts'
import { defineSaga, invoke } from './definition.ts'
import { things, trips } from './trips.fixture.ts'

const Input = Type.Object({ userId: Type.String(), tripId: Type.String() })
const options = { name: 'trips.trip', version: 1, input: Input, deadlineMs: null } as const

test('a step must say how it is undone, or why it cannot be: neither and both do not compile', () => {
  const take = ({ input }: { input: { userId: string; tripId: string } }) =>
    invoke(things, 'take', { ...input, what: 'seat' })
  const giveBack = ({ input }: { input: { userId: string; tripId: string } }) =>
    invoke(things, 'giveBack', { ...input, what: 'seat' })
  const saga = defineSaga(options)
  saga.step('seat', { run: take, compensate: giveBack })
  saga.step('seat', { run: take, irreversible: 'tickets are not taken back' })
  // @ts-expect-error neither
  saga.step('seat', { run: take })
  // @ts-expect-error both
  saga.step('seat', { run: take, compensate: giveBack, irreversible: 'which is it?' })
})

test('results are typed by the step that gave them, and only those of earlier steps are there', () => {
  const definition = defineSaga(options)
    .step('seat', {
      run: ({ input }) => invoke(things, 'take', { ...input, what: 'seat' }),
      // @ts-expect-error no step has run before this one
      compensate: ({ input, results }) => invoke(things, 'giveBack', { ...input, what: results.bed.what }),
    })
    .step('bed', {
      run: ({ input, results }) => invoke(things, 'take', { ...input, what: results.seat.what }),
      // @ts-expect-error what ran before may be unknown to whoever took the saga over
      compensate: ({ input, results }) => invoke(things, 'giveBack', { ...input, what: results.seat.what }),
    })
    .ends({
      complete: ({ results }) => invoke(trips, 'confirm', { userId: results.bed.userId, tripId: results.seat.tripId }),
    })
  assert.deepEqual(
    definition.steps.map(({ name }) => name),
    ['seat', 'bed'],
  )
})

test('the input of a call is that of its operation', () => {
  // @ts-expect-error `what` is missing
  invoke(things, 'take', { userId: '7', tripId: 'a' })
  // @ts-expect-error there is no such operation
  invoke(things, 'steal', {})
  assert.equal(invoke(things, 'take', { userId: '7', tripId: 'a', what: 'seat' }).operation, 'things.take')
})
