import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors } from '../../core/index.ts'
import { CommandFault, describeFault } from './fail.ts'

test('a fault is told to whoever typed the command: what failed inside, not what a client of the API would read', () => {
  const failures = [new CommandFault('the outbox is full'), coreErrors.UNAVAILABLE({ what: 'The database' })]
  const stopping = coreErrors.INTERNAL({}, { cause: new AggregateError(failures, 'stopping failed') })
  assert.equal(
    describeFault(stopping),
    'stopping failed: the outbox is full; The database cannot be reached at the moment. Try again after the time in Retry-After.',
  )
})
