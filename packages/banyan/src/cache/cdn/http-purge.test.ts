import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { isError, systemClock } from '../../core/index.ts'
import { cacheErrors } from '../cache-errors.ts'
import { createHttpPurge } from './http-purge.ts'
import { openPurges, parsePurgeUrls } from './open-purges.ts'

const { signal } = new AbortController()
const SECRET = 'hunter2-of-the-cdn'

describe('a purge over HTTP', () => {
  let server: Server
  let url = ''
  let asked: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = []
  let status = 200

  before(async () => {
    server = createServer(({ method, url: path, headers }, outgoing) => {
      asked.push({ method, url: path, headers })
      if (status === 0) return // never answers
      outgoing.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    asked = []
    status = 200
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  test('tags in a header, some in each request', async () => {
    const tags = Array.from({ length: 40 }, (_, index) => `product-${index}`)
    await createHttpPurge({ url: `${url}/service/x/purge`, clock: systemClock }).purge(tags, signal)
    assert.equal(asked.length, 2)
    assert.deepEqual(
      asked.map(({ method, url: path }) => `${method} ${path}`),
      ['PURGE /service/x/purge', 'PURGE /service/x/purge'],
    )
    assert.deepEqual(
      asked.flatMap(({ headers }) => String(headers['xkey-purge']).split(' ')),
      tags,
    )
  })

  test('a tag in the URL: one request for each', async () => {
    const purge = createHttpPurge({ url: `${url}/purge/{tag}`, method: 'POST', clock: systemClock })
    await purge.purge(['product-7', 'a:b'], signal)
    assert.deepEqual(
      asked.map(({ method, url: path }) => `${method} ${path}`),
      ['POST /purge/product-7', 'POST /purge/a%3Ab'],
    )
    assert.equal(asked[0]!.headers['xkey-purge'], undefined)
  })

  test('a token lets in: as bearer, or as the header that it names', async () => {
    for (const [token, name, value] of [
      [SECRET, 'authorization', `Bearer ${SECRET}`],
      [`Fastly-Key: ${SECRET}`, 'fastly-key', SECRET],
    ] as const) {
      const [purge] = openPurges({ urls: [url], method: 'POST', header: 'Surrogate-Key', token, clock: systemClock })
      await purge!.purge(['a', 'b'], signal)
      const { method, headers } = asked.pop()!
      assert.deepEqual([method, headers[name], headers['surrogate-key']], ['POST', value, 'a b'])
    }
  })

  test('whatever is no success is a failure that says why, and holds no secret', async () => {
    const withToken = {
      url: `${url}/?key=${SECRET}`,
      credential: ['Authorization', SECRET] as const,
      clock: systemClock,
    }
    const failing = createHttpPurge({ ...withToken, timeoutMs: 50 })
    for (const [given, said] of [
      [500, /answered 500/],
      [403, /answered 403/],
      [302, /connection broke/],
      [0, /no answer within 50 ms/],
    ] as const) {
      status = given
      await assert.rejects(failing.purge(['a', 'b'], signal), (error: Error) => {
        assert.ok(isError(error, cacheErrors.PURGE_FAILED))
        assert.match(error.message, said)
        assert.ok(!error.message.includes(SECRET) && !failing.name.includes(SECRET), error.message)
        return true
      })
    }
  })

  test('ends at once when the process ends', async () => {
    status = 0
    const ending = new AbortController()
    const purging = createHttpPurge({ url, clock: systemClock }).purge(['a'], ending.signal)
    await once(server, 'request')
    ending.abort()
    await assert.rejects(purging, (error) => isError(error, cacheErrors.PURGE_FAILED))
  })
})

test('CDN_PURGE_URL: several caches; each fault is told', () => {
  assert.deepEqual(parsePurgeUrls('http://a:1/, file:///var/cache/x'), ['http://a:1/', 'file:///var/cache/x'])
  for (const wrong of ['', 'varnish:6081', 'redis://a', 'http://user:secret@a/', 'http://a/,', 'http://a/,'.repeat(20)])
    assert.throws(() => parsePurgeUrls(wrong), /without user, separated by commas/, wrong)
})
