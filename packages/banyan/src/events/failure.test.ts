import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors } from '../core/index.ts'
import { dataErrors } from '../data/index.ts'
import { classifyFailure, describeFailure } from './failure.ts'

const fromServer = (code: string) => Object.assign(new Error('server'), { severity: 'ERROR', code })

test('what says nothing about the event is transient', () => {
  const errors = [
    dataErrors.UNAVAILABLE({ database: 'x' }),
    dataErrors.COMMIT_UNKNOWN({ database: 'x' }),
    dataErrors.POOL_EXHAUSTED({}),
    coreErrors.OVERLOADED({}),
    ...['08006', '40P01', '53100', '55P03', '57P01'].map(fromServer),
  ]
  assert.deepEqual(
    errors.map(classifyFailure),
    errors.map(() => 'transient'),
  )
})

test('a statement out of time is slow; everything else is poison', () => {
  assert.equal(classifyFailure(fromServer('57014')), 'slow')
  const errors = [
    new TypeError('x'),
    coreErrors.INTERNAL({}),
    coreErrors.INVALID_INPUT({}),
    'text',
    fromServer('23505'),
  ]
  assert.deepEqual(
    errors.map(classifyFailure),
    errors.map(() => 'poison'),
  )
})

test('a description is bounded', () => {
  assert.equal(describeFailure(new TypeError('no')), 'TypeError: no')
  assert.equal(describeFailure('x'.repeat(5_000)).length, 2_000)
})
