import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemRandom } from '../../core/index.ts'
import { generateTokenKeys, parseTokenKeys } from './token-keys.ts'

const SECRET = 's'.repeat(32)

describe('parseTokenKeys', () => {
  test('reads a ring, the first first', () => {
    const keys = parseTokenKeys(`new:${SECRET}1, old:${SECRET}:with:colons`)
    assert.deepEqual(
      keys.map(({ id }) => id),
      ['new', 'old'],
    )
    assert.equal(keys[1]!.secret.export().toString(), `${SECRET}:with:colons`)
  })

  test('reads what it generates, and generates nothing twice', () => {
    assert.equal(parseTokenKeys(generateTokenKeys(systemRandom)).length, 1)
    assert.notEqual(generateTokenKeys(systemRandom), generateTokenKeys(systemRandom))
  })

  test('names every fault at once and shows no secret', () => {
    const short = 'hunter2'
    const nine = Array.from({ length: 9 }, () => `a:${SECRET}`).join(',')
    assert.throws(
      () => parseTokenKeys(`a:${short},${SECRET}`),
      (error: Error) => {
        assert.match(error.message, /Key 1 has a secret of 7 bytes/)
        assert.match(error.message, /Key 2 has no id/)
        return !error.message.includes(short) && !error.message.includes(SECRET)
      },
    )
    assert.throws(() => parseTokenKeys(nine), /same id.*at most 8/)
    assert.throws(() => parseTokenKeys(''), /Key 1 has no id/)
  })
})
