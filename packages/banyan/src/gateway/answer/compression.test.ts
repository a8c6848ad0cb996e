import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { chooseCoding, compress, tagOfCoding, withoutCoding } from './compression.ts'

describe('which coding', () => {
  const cases = [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;Q=0.5, br;q=0.4', 'gzip'],
    ['br;q=0.5,gzip;q=0.5', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['*;q=0', null],
    ['identity', null],
    ['deflate', null],
    ['br;q=x', null],
    ['', null],
    [undefined, null],
  ] as const
  for (const [header, expected] of cases) {
    test(`${header} → ${expected}`, () => assert.equal(chooseCoding(header), expected))
  }
})

describe('a body', () => {
  const text = JSON.stringify(Array.from({ length: 200 }, (_, index) => `Grüße ${index}`))

  test('comes back as it was, also one whose characters stand for bytes', () => {
    assert.equal(brotliDecompressSync(compress(text, 'utf8', 'br')!.bytes).toString(), text)
    const asBytes = Buffer.from(text).toString('latin1')
    assert.equal(gunzipSync(compress(asBytes, 'latin1', 'gzip')!.bytes).toString(), text)
  })

  test('that is small or huge stays as it is', () => {
    assert.equal(compress('x'.repeat(1_023), 'utf8', 'br'), null)
    assert.ok(compress('x'.repeat(1_024), 'utf8', 'br'))
    assert.equal(compress('x'.repeat(524_289), 'utf8', 'br'), null)
    assert.equal(compress(text, 'utf8', 'identity'), null)
  })
})

test('each coding has a tag of its own, of the same version', () => {
  assert.equal(tagOfCoding('"v2-p17.s3"', 'br'), '"v2-p17.s3-br"')
  assert.deepEqual(['p17-br', 'p17-gzip', 'p17', 'br'].map(withoutCoding), ['p17', 'p17', 'p17', 'br'])
})
