import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { coreErrors, isError } from '../../core/index.ts'
import { bytesTag, findHit, isNoneMatchHit, parseIfMatch, versionsTag } from './etag.ts'
import { gatewayErrors } from '../gateway-errors.ts'

describe('tags', () => {
  test('the API version is part of a tag', () => {
    assert.equal(versionsTag(2, 'p17.s903'), '"v2-p17.s903"')
    assert.notEqual(bytesTag(1, '[]'), bytesTag(2, '[]'))
    assert.notEqual(bytesTag(2, '[]'), bytesTag(2, '[ ]'))
  })
})

describe('If-None-Match', () => {
  const tag = '"v2-p17"'
  const hits = [tag, '*', ' * ', `W/${tag}`, `"x", ${tag}`, `"a,b" ,W/${tag}`]
  for (const header of hits) test(`${header} hits`, () => assert.equal(isNoneMatchHit(header, tag), true))
  const misses = ['"v1-p17"', 'v2-p17', '', '"x", "y"', '"v2-p17x"', '"v2-p17']
  for (const header of misses) test(`${header} misses`, () => assert.equal(isNoneMatchHit(header, tag), false))
})

describe('a copy in another coding', () => {
  const find = (header: string | undefined, accepted?: string) => findHit(header, '"v2-p17"', accepted)
  test('is the same version to whoever takes that coding', () => {
    assert.equal(find('"v2-p17-br"', 'gzip, br'), '"v2-p17-br"')
    assert.equal(find('"v2-p16", W/"v2-p17-gzip"', 'gzip'), '"v2-p17-gzip"')
    assert.equal(find('"v2-p17-zstd"', 'zstd'), null)
  })
  test('is none to whoever does not: a shared cache would answer with it', () => {
    assert.equal(find('"v2-p17-br"', 'gzip'), null)
    assert.equal(find('"v2-p17-gzip"', 'gzip;q=0, *'), null)
    assert.equal(find('"v2-p17-gzip"'), null)
    assert.equal(find('"v2-p17-gzip", "v2-p17"'), '"v2-p17"')
  })
  test('has been decoded on the way when its tag is weak', () => {
    assert.equal(find('W/"v2-p17-gzip"'), '"v2-p17-gzip"')
    assert.equal(find('W/"v2-p16-gzip", "v2-p17-gzip"'), null)
  })
  test('*, and nothing', () => {
    assert.equal(find('*'), '"v2-p17"')
    assert.equal(find(undefined), null)
  })
})

describe('If-Match', () => {
  test('names the version, whatever coding it was read in', () => assert.equal(parseIfMatch('"v2-p17-br"', 2), 'p17'))
  test('names the version as the service knows it', () => assert.equal(parseIfMatch('"v2-p17"', 2), 'p17'))
  test('* names none', () => assert.equal(parseIfMatch('*', 2), null))
  for (const header of ['"v2-p17", "v2-p18"', '"v1-p9" ,"v2-p17",W/"v2-p3", "v2-p18"', ', "v2-p17",,"v2-p18",']) {
    test(`${header} names each version that can match`, () => assert.equal(parseIfMatch(header, 2), 'p17 p18'))
  }
  for (const header of ['W/"v2-p17"', '"v1-p17"', '"p17"', '"v1-p17", W/"v2-p17"']) {
    test(`${header} can match nothing of version 2`, () => {
      assert.throws(
        () => parseIfMatch(header, 2),
        (error) => isError(error, coreErrors.PRECONDITION_FAILED),
      )
    })
  }
  const tooMany = Array.from({ length: 33 }, (_, index) => `"v2-p${index}"`).join(', ')
  for (const header of ['v2-p17', '"v2-a" "v2-b"', '"v2-a", b', '*, "v2-a"', '', '"', ',', tooMany]) {
    test(`'${header}' is refused`, () => {
      assert.throws(
        () => parseIfMatch(header, 2),
        (error) => isError(error, gatewayErrors.INVALID_HEADER),
      )
    })
  }
})
