import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isError } from '../core/index.ts'
import type { Session } from '../data/index.ts'
import { appendEvents, MAX_PAYLOAD_CHARACTERS } from './append.ts'
import { logErrors } from './errors.ts'

const unasked: Pick<Session, 'query'> = { query: () => assert.fail('something was sent') }
const event = { type: 'bank.moved.v1', aggregateId: 'a', version: 1, payload: {} }

describe('what cannot be appended is refused before anything is sent', () => {
  for (const aggregateId of ['\ud83c', '\udf33', 'half \ud83c tree', 'nul \0']) {
    test(`an aggregate id of ${JSON.stringify(aggregateId)}`, () => {
      assert.throws(
        () => appendEvents(unasked, [event, { ...event, aggregateId }]),
        (error) =>
          isError(error, logErrors.INVALID_AGGREGATE_ID) &&
          (error as Error).message.startsWith(
            `The aggregate id ${JSON.stringify(aggregateId)} of bank.moved.v1 has U+0000 or a lone surrogate in it`,
          ),
      )
    })
  }

  test('a payload of more characters than the limit', () => {
    const payload = 'x'.repeat(MAX_PAYLOAD_CHARACTERS - 1)
    assert.throws(
      () => appendEvents(unasked, [{ ...event, payload }]),
      (error) => isError(error, logErrors.EVENT_TOO_LARGE) && /has 131073 characters .* 131072/.test(String(error)),
    )
  })
})
