import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask, askUntil, startSite, type Site, type StartCache } from './site.fixture.ts'

const isStale = ({ did }: { readonly did: string }) => did.includes('stale') && did.includes('hit')
const isHit = ({ did }: { readonly did: string }) => did.endsWith('; hit')

function header(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

/** `bytes=10-19`, `bytes=-10` */
function partOf(text: string, range: string): string {
  const [from = '', to = ''] = range.slice('bytes='.length).split('-')
  const bytes = Buffer.from(text)
  return (from === '' ? bytes.subarray(-Number(to)) : bytes.subarray(Number(from), Number(to) + 1)).toString()
}

/** What must hold behind any shared cache whose configuration we ship. Each test asks for a product of its own. */
export function sharedCacheSuite(startCache: StartCache): void {
  let site: Site
  let url = ''
  before(async () => {
    site = await startSite(startCache)
    url = site.cache.url
  })
  after(() => site?.[Symbol.asyncDispose]())

  describe('what anybody may see', () => {
    test('is fetched once and then shown from the copy, without what is for the cache or was for another client', async () => {
      const before = site.answers(200)
      const first = await ask(`${url}/api/v2/products/1`)
      const second = await ask(`${url}/api/v2/products/1`)
      assert.equal(site.answers(200) - before, 1)
      assert.ok(isHit(second), second.did)
      assert.equal(second.text, first.text)
      assert.equal(second.text, (await ask(`${site.direct}/api/v2/products/1`)).text)
      assert.equal(second.headers['cache-control'], 'public, max-age=0, s-maxage=1')
      for (const name of ['cache-tag', 'xkey', 'cdn-cache-control', 'ratelimit', 'x-browser-cache-control'])
        assert.equal(second.headers[name], undefined, name)
      assert.notEqual(second.headers['x-request-id'], first.headers['x-request-id'])
    })

    test('two versions never mix, however they are named', async () => {
      const named: readonly (readonly [path: string, version?: string])[] = [
        ['/api/v1/products/2'],
        ['/api/v2/products/2'],
        ['/api/products/2'],
        ['/api/products/2', '2'],
        ['/api/products/2', '1'],
        ['/api/products/2?version=2'],
        ['/api/products/2?version=1'],
      ]
      const asked = named.map(([path, version]) => [path, header('api-version', version)] as const)
      for (const [path, headers] of [...asked, ...asked, ...asked.toReversed()]) {
        const seen = await ask(url + path, { headers })
        assert.equal(seen.text, (await ask(site.direct + path, { headers })).text, `${path} ${JSON.stringify(headers)}`)
      }
    })

    test('each client gets a coding that it takes', async () => {
      const path = '/api/v2/products/3'
      const plain = await ask(site.direct + path)
      for (const coding of ['gzip', undefined, 'br', 'gzip, br', undefined, 'br', 'gzip']) {
        const seen = await ask(url + path, { headers: header('accept-encoding', coding) })
        assert.equal(seen.text, plain.text)
        const used = seen.headers['content-encoding']
        assert.ok(used === undefined || coding?.includes(used), `${coding} was answered in ${used}`)
      }
    })

    test('whoever has the copy is told so by the cache', async () => {
      const path = `${url}/api/v2/products/4`
      const { headers } = await ask(path)
      const before = site.answers(304) + site.answers(200)
      const again = await ask(path, { headers: { 'if-none-match': headers.etag! } })
      assert.equal(again.status, 304)
      assert.equal(again.text, '')
      assert.equal(site.answers(304) + site.answers(200), before, 'the shop was not asked')
    })

    test('a part of it is a part of that copy, and whoever has a part of another gets the whole', async () => {
      const path = `${url}/api/v2/products/13`
      const whole = await ask(path)
      for (const range of ['bytes=0-9', 'bytes=10-19', 'bytes=-10']) {
        const seen = await ask(path, { headers: { range } })
        assert.ok(seen.status === 206 || seen.status === 200, String(seen.status))
        assert.equal(seen.text, seen.status === 200 ? whole.text : partOf(whole.text, range))
      }
      const other = await ask(path, { headers: { range: 'bytes=0-9', 'if-range': '"another"' } })
      assert.deepEqual([other.status, other.text], [200, whole.text])
    })

    test('HEAD is answered from the copy', async () => {
      await ask(`${url}/api/v2/products/5`)
      const head = await ask(`${url}/api/v2/products/5`, { method: 'HEAD' })
      assert.ok(isHit(head), head.did)
      assert.equal(head.text, '')
    })
  })

  describe('what is old', () => {
    test('is shown once more while the next is fetched, and not longer', async () => {
      const path = `${url}/api/v2/products/6`
      const first = await ask(path)
      site.change()
      const stale = await askUntil(path, isStale)
      assert.equal(stale.text, first.text)
      const fresh = await askUntil(path, ({ text }) => text !== first.text)
      assert.equal(fresh.text, (await ask(`${site.direct}/api/v2/products/6`)).text)
    })

    test('costs a 304 when nothing has changed', async () => {
      const path = `${url}/api/v2/products/7`
      const first = await ask(path)
      const before = site.answers(304)
      const later = await askUntil(path, () => site.answers(304) > before)
      assert.equal(later.text, first.text)
    })

    test('is shown while the shop is away, and no longer once it is back', async () => {
      const path = `${url}/api/v2/products/8`
      const first = await ask(path)
      await site.origin.kill()
      try {
        // Past what may be shown while the shop answers (2 s).
        const endAtMs = performance.now() + 3_000
        const later = await askUntil(path, (seen) => seen.status !== 200 || performance.now() > endAtMs)
        assert.equal(later.status, 200)
        assert.equal(later.text, first.text)
        assert.ok((await ask(`${url}/api/v2/products/9`)).status >= 500, 'what was never seen is not made up')
      } finally {
        site.change()
        await site.origin.restore()
      }
      await askUntil(path, ({ text }) => text !== first.text)
      const now = await ask(`${url}/api/v2/products/9`)
      assert.equal(now.status, 200, 'the failure was not kept')
    })
  })

  describe('what is not for everybody', () => {
    test('is never kept: each gets the own, and who shows nothing gets nothing', async () => {
      const note = (id: string, as: string | null) =>
        ask(`${url}/api/v2/users/${id}/note`, { headers: as === null ? {} : { authorization: `customer ${as}` } })
      const before = site.notes
      for (const id of ['42', '43', '42', '43']) assert.match((await note(id, id)).text, new RegExp(`for ${id} only`))
      assert.equal(site.notes - before, 4)
      assert.equal((await note('42', null)).status, 401)
      assert.equal((await note('42', '43')).status, 404)
      assert.match((await note('42', '42')).text, /for 42 only/)
      const admin = { headers: { authorization: 'admin 1' } }
      assert.notEqual(
        (await ask(`${url}/api/v2/users/42/note`, admin)).text,
        (await ask(`${url}/api/v2/users/42/note`, admin)).text,
      )
    })

    test('credentials and consistency tokens go past the copies', async () => {
      const path = `${url}/api/v2/products/10`
      const first = await ask(path)
      site.change()
      const shown = [
        { authorization: 'customer 42' },
        { 'x-api-key': 'some' },
        { 'consistency-token': 'some' },
        { cookie: 'a=b; banyan-consistency=some' },
      ] as unknown as Record<string, string>[]
      for (const headers of shown) {
        const seen = await ask(path, { headers })
        assert.match(seen.did, /fwd=bypass/)
        assert.notEqual(seen.text, first.text, JSON.stringify(headers))
      }
    })

    test('a token in a second line of cookies does, too: HTTP/2 splits them', async () => {
      const path = `${url}/api/v2/products/12`
      await ask(path)
      const seen = await ask(path, { headers: ['Cookie', 'a=b', 'Cookie', 'banyan-consistency=some'] })
      assert.match(seen.did, /fwd=bypass/)
    })

    test('other cookies do not', async () => {
      const path = `${url}/api/v2/products/11`
      await ask(path)
      const seen = await ask(path, { headers: { cookie: 'analytics=1' } })
      assert.ok(isHit(seen), seen.did)
    })
  })

  test('a refusal is kept by nobody', async () => {
    const path = `${url}/api/v2/products/1000`
    assert.equal((await ask(path)).status, 404)
    site.add('1000')
    assert.equal((await ask(path)).status, 200)
  })

  test('writes pass, with all that the shop says to their sender', async () => {
    const headers = { authorization: 'customer 42', 'content-type': 'application/json' }
    const body = JSON.stringify({ text: 'mine' })
    const seen = await ask(`${url}/api/v2/users/42/note`, { method: 'PUT', headers, body })
    assert.equal(seen.status, 200)
    assert.ok(seen.headers.ratelimit && seen.headers['idempotency-key'])
    assert.equal(seen.headers['cache-control'], 'no-store')
  })

  test('what the shop says to its own machine only is not passed on', async () => {
    for (const path of ['/metrics', '/health/ready']) assert.equal((await ask(url + path)).status, 404, path)
  })
}
