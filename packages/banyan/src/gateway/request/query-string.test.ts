import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isError } from '../../core/index.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import { parseQueryString } from './query-string.ts'

describe('parseQueryString', () => {
  test('reads names and values', () => {
    assert.deepEqual(
      { ...parseQueryString('a=1&b=x%20y+z&c&d=&&e=a=b') },
      { a: '1', b: 'x y z', c: '', d: '', e: 'a=b' },
    )
  })

  test('has no prototype that a parameter could reach', () => {
    const query = parseQueryString('__proto__=1&constructor=2')
    assert.equal(Object.getPrototypeOf(query), null)
    assert.deepEqual(Object.keys(query), ['__proto__', 'constructor'])
  })

  const faults = {
    'a repeated parameter': 'a=1&b=2&a=3',
    'a repeated parameter in two spellings': 'a=1&%61=2',
    'broken percent-encoding': 'a=%',
    'percent-encoding that is no UTF-8': 'a=%ff',
    'too many parameters': Array.from({ length: 33 }, (_, i) => `p${i}=1`).join('&'),
  }
  for (const [name, text] of Object.entries(faults)) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseQueryString(text),
        (error) => isError(error, gatewayErrors.INVALID_QUERY),
      )
    })
  }
})
