import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isError } from '../../../core/index.ts'
import { meshErrors } from '../../mesh-errors.ts'
import { chooseProtocol, ownGreeting, requireProtocol } from './greeting.ts'

const caller = (release: string) => ownGreeting(['orders'], release)
const service = (release: string) => ownGreeting(['products'], release)
const hello = (release: string) => {
  const { protocol: range, names } = caller(release)
  return { protocol: range.max, range, names, release }
}

test('releases of two majors are refused on either side, both named', () => {
  const refusals = [
    () => chooseProtocol(caller('1.9.0'), service('2.0.0')),
    () => requireProtocol(hello('1.9.0'), service('2.0.0')),
  ]
  for (const refusal of refusals) {
    assert.throws(refusal, (error: Error) => {
      assert.ok(isError(error, meshErrors.INCOMPATIBLE_RELEASE), String(error))
      assert.match(error.message, /orders \(release 1\.9\.0\) calls products \(release 2\.0\.0\)/)
      return true
    })
  }
})

test('releases of one major understand each other, and who has none is not asked', () => {
  for (const [one, other] of [
    ['2.0.0', '2.7.1'],
    ['0.1.0', '0.2.0'],
    ['10.1.0', '10.0.0'],
    ['unknown', '2.0.0'],
  ] as const) {
    assert.equal(chooseProtocol(caller(one), service(other)), 1)
    requireProtocol(hello(one), service(other))
  }
})
