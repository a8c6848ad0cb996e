import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Type } from '../../core/index.ts'
import { anyone, defineQuery, user, type Access, type CachePolicy } from '../../contract/index.ts'
import { createCacheHeaders, parseTagHeader } from './cache-headers.ts'

const id = Type.Object({ id: Type.String() })

function ask(access: Access, cache?: Partial<Omit<CachePolicy, 'tags'>>, tagHeader?: string) {
  const policy = cache && { maxAgeSeconds: 0, sharedMaxAgeSeconds: 0, ...cache, tags: () => ['a', 'b'] }
  const query = defineQuery({ summary: '', http: 'GET /x/:id', input: id, output: id, access, cache: policy })
  const parts = createCacheHeaders(query, tagHeader)({ id: '7' })
  const pairs = parts.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), parts[index + 1]!]] : []))
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, 'each header once')
  return Object.fromEntries(pairs) as Record<string, string>
}

describe('cache headers', () => {
  test('what everybody may see: how long each kind of cache may keep it, and its tags', () => {
    const headers = ask(anyone, { maxAgeSeconds: 1, sharedMaxAgeSeconds: 5 })
    assert.equal(headers['cache-control'], 'public, max-age=1, s-maxage=5')
    assert.equal(headers['cache-tag'], 'a,b')
    assert.equal(headers.vary, 'Accept-Encoding')
    assert.equal(headers['cdn-cache-control'], undefined)
  })

  test('browsers never hear that an answer may be shown stale', () => {
    const stale = { sharedMaxAgeSeconds: 5, staleWhileRevalidateSeconds: 10, staleIfErrorSeconds: 60 }
    const headers = ask(anyone, stale)
    const expected = 'public, max-age=5, stale-while-revalidate=10, stale-if-error=60'
    assert.equal(headers['cdn-cache-control'], expected)
    assert.doesNotMatch(headers['cache-control']!, /stale/)
  })

  test('tags in the header that the cache reads, separated as it wants', () => {
    assert.equal(ask(anyone, {}, 'Surrogate-Key')['surrogate-key'], 'a b')
    assert.equal(ask(anyone, {}, 'xkey').xkey, 'a b')
    assert.equal(ask(anyone, {}, 'Edge-Cache-Tag')['edge-cache-tag'], 'a,b')
    assert.equal(parseTagHeader('xkey'), 'xkey')
    for (const wrong of ['', 'a b', 'x:y', 'é', 'x'.repeat(65)]) assert.throws(() => parseTagHeader(wrong), /Cache-Tag/)
  })

  test("one's own: no shared cache may keep it, whatever the policy says", () => {
    for (const cache of [undefined, {}, { maxAgeSeconds: 9 }]) {
      const headers = ask(user(), cache)
      assert.match(headers['cache-control']!, /^private, (no-cache|max-age=9)$/)
      assert.match(headers.vary!, /Authorization, X-Api-Key/)
      assert.equal(headers['cache-tag'], undefined)
    }
  })

  test('what anybody may see, but without a policy, is kept by nobody else', () => {
    assert.equal(ask(anyone)['cache-control'], 'private, no-cache')
  })
})
