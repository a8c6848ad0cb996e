import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyone, defineQuery } from '../../contract/index.ts'
import { coreErrors, Type } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import { verdictOf } from './verdict.ts'

const query = defineQuery({
  summary: 'Nothing.',
  http: 'GET /nothing',
  input: Type.Object({}),
  output: Type.Null(),
  access: anyone,
  deadlineMs: 60,
})

test('each kind of failure says something else about the instance', () => {
  const verdicts = [
    [coreErrors.NOT_FOUND(), 'works'],
    [coreErrors.KEY_REUSED(), 'works'],
    [coreErrors.INTERNAL(), 'fails'],
    [new TypeError('a bug'), 'fails'],
    [coreErrors.OVERLOADED({ what: 'it', limit: 1 }), 'full'],
    [coreErrors.CANCELLED(), 'unknown'],
    [meshErrors.CONNECTION_LOST({ address: 'a' }), 'lost'],
    [meshErrors.UNREACHABLE({ address: 'a', fault: 'b' }), 'unreached'],
    [meshErrors.INCOMPATIBLE_RELEASE({ caller: 'a', service: 'b' }), 'unreached'],
  ] as const
  for (const [error, verdict] of verdicts) assert.equal(verdictOf(error, query, 10), verdict, String(error))
})

test('a timeout counts when the instance had time, measured by what the operation may take', () => {
  const timeout = coreErrors.DEADLINE_EXCEEDED()
  assert.equal(verdictOf(timeout, query, 29), 'unknown')
  assert.equal(verdictOf(timeout, query, 30), 'fails')
  assert.equal(verdictOf(timeout, { ...query, deadlineMs: 5_000 }, 99), 'unknown')
  assert.equal(verdictOf(timeout, { ...query, deadlineMs: 5_000 }, 100), 'fails')
})
