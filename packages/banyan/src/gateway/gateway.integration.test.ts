import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { reply, type Call } from '../contract/index.ts'
import { BanyanError } from '../core/index.ts'
import { createGateway } from './gateway.ts'
import { fixtureOptions, product, sendTo, shopErrors, shopWire } from './gateway.fixture.ts'
import type { GatewayOptions } from './gateway-options.ts'

/** What the last call carried, for tests of what reaches a service. */
let seen: { call: Call; input: Record<string, unknown> } | null = null
/** What the next `createProduct` does. */
let next: () => unknown = () => product

function capture(input: never, call: Call): unknown {
  seen = { input, call }
  return next()
}

function captureInput(input: never, call: Call): unknown {
  seen = { input, call }
  return input
}

const options: Partial<GatewayOptions> = {
  wire: shopWire({ createProduct: capture, putNote: captureInput }),
  notices: { 1: { deprecatedAt: '2026-01-01T00:00:00.000Z', sunsetAt: '2027-01-01T00:00:00.000Z' } },
  corsOrigins: ['https://shop.example.com'],
  https: true,
}
const gateway = createGateway(fixtureOptions(options))
let url = ''
before(async () => void ({ url } = await gateway.start()))
after(() => gateway.stop())

const send = (path: string, init?: RequestInit) => sendTo(url + path, init)
const admin = { authorization: 'admin 1', 'content-type': 'application/json' }
const valid = JSON.stringify({ name: 'A tree', price: { amountMinor: 1_999, currency: 'USD' } })

/** Each line of a header, as `fetch` does not show it. */
async function linesOf(path: string, name: string): Promise<string[]> {
  const [answer] = (await once(get(url + path), 'response')) as [IncomingMessage]
  answer.resume()
  return answer.headersDistinct[name] ?? []
}

function create(headers: Record<string, string> = {}, body = valid) {
  return send('/api/v2/products', { method: 'POST', headers: { ...admin, ...headers }, body })
}

describe('versions', () => {
  const one = `{"success":true,"data":{"id":"1001","name":"A tree","price":19.99,"updatedAt":"2026-01-15T10:30:00.000Z"},"meta":{"timestamp":"2026-01-15T10:30:00.000Z","version":1}}`
  const two = one.replace('19.99', '{"amountMinor":1999,"currency":"USD"}').replace('"version":1', '"version":2')
  const named: readonly [path: string, header: string | null, text: string][] = [
    ['/api/v1/products/1001', null, one],
    ['/api/v2/products/1001', null, two],
    ['/api/products/1001', null, one],
    ['/api/products/1001?version=2', null, two],
    ['/api/products/1001', '2', two],
    ['/api/v2/products/1001?version=2', '2', two],
  ]
  for (const [path, header, text] of named) {
    test(`${path} with Api-Version ${header}`, async () => {
      const answer = await send(path, { headers: header === null ? {} : { 'api-version': header } })
      assert.equal(answer.text, text)
    })
  }

  const refused: readonly [path: string, header: string | null][] = [
    ['/api/v3/products/1001', null],
    ['/api/v0', null],
    ['/api/products/1001?version=3', null],
    ['/api/products/1001', 'two'],
    ['/api/products/1001', '1, 2'],
    ['/api/v2/products/1001', '1'],
    ['/api/v1/products/1001?version=2', null],
    ['/api/products/1001?version=1', '2'],
  ]
  for (const [path, header] of refused) {
    test(`refused: ${path} with Api-Version ${header}`, async () => {
      const { status, body } = await send(path, { headers: header === null ? {} : { 'api-version': header } })
      assert.equal(status, 400)
      assert.equal(body.error?.code, 'api.UNSUPPORTED_VERSION')
      assert.deepEqual(body.error?.details.supported, [1, 2])
    })
  }

  test('version 1 says that it ends, version 2 does not', async () => {
    const old = await send('/api/v1/products/1001')
    assert.equal(old.headers.get('deprecation'), '@1767225600')
    assert.equal(old.headers.get('sunset'), 'Fri, 01 Jan 2027 00:00:00 GMT')
    assert.equal((await send('/api/v2/products/1001')).headers.get('deprecation'), null)
  })

  test('an input of version 1 reaches the service in the current version, its answer and errors come back in version 1', async () => {
    next = () => product
    const init = { method: 'POST', headers: admin, body: JSON.stringify({ name: 'x', price: 19.99 }) }
    const { status, body, headers } = await send('/api/v1/products', init)
    assert.equal(status, 201)
    assert.deepEqual(seen?.input, { name: 'x', price: { amountMinor: 1_999, currency: 'USD' } })
    assert.equal((body.data as { price: number }).price, 19.99)
    assert.equal(headers.get('location'), '/api/v1/products/1001')
    next = () => {
      throw shopErrors.PRICE_CHANGED({ price: { amountMinor: 2_050, currency: 'USD' } })
    }
    const refused = await send('/api/v1/products', init)
    assert.deepEqual(refused.body.error?.details, { price: 20.5 })
    assert.match(refused.body.error!.message, /20\.5/)
  })
})

describe('reads', () => {
  test('tagged answers are the same bytes each time, whoever asks', async () => {
    const [first, second] = [
      await send('/api/v2/products/1001'),
      await send('/api/v2/products/1001', { headers: admin }),
    ]
    assert.equal(first.text, second.text)
    assert.equal(first.headers.get('etag'), '"v2-p17.s903"')
    assert.equal(first.headers.get('cache-control'), 'public, max-age=0, s-maxage=5')
    assert.equal(first.headers.get('cache-tag'), 'product-1001')
  })

  test('If-None-Match: 304 without a body, with the tag and the cache headers', async () => {
    for (const path of ['/api/v2/products/1001', '/api/v2/products']) {
      const { headers } = await send(path)
      const tag = headers.get('etag')!
      for (const value of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const again = await send(path, { headers: { 'if-none-match': value } })
        assert.equal(again.status, 304)
        assert.equal(again.text, '')
        assert.equal(again.headers.get('etag'), tag)
        assert.equal(again.headers.get('cache-control'), headers.get('cache-control'))
        assert.equal(again.headers.get('content-type'), null)
      }
      assert.equal((await send(path, { headers: { 'if-none-match': '"other"' } })).status, 200)
    }
  })

  test('a list has its page in meta and its newest change as time', async () => {
    const { body } = await send('/api/v2/products?limit=2')
    assert.ok(Array.isArray(body.data))
    assert.deepEqual(body.meta, {
      timestamp: product.updatedAt,
      version: 2,
      page: { limit: 2, nextCursor: null },
    })
    assert.deepEqual((await send('/api/v2/products')).body.meta.page, { limit: 20, nextCursor: null })
  })

  test("one's own are private", async () => {
    const { headers } = await send('/api/v2/users/42/note', { headers: { authorization: 'customer 42' } })
    assert.equal(headers.get('cache-control'), 'private, no-cache')
    assert.match(headers.get('vary')!, /Authorization/)
  })

  test('answers chosen by header vary by it', async () => {
    assert.match((await send('/api/products/1001')).headers.get('vary')!, /Api-Version/)
    const lines = await linesOf('/api/products/1001', 'vary')
    assert.deepEqual(lines, ['Origin, Api-Version, Accept-Encoding'], 'one line: some caches heed only the last')
    assert.doesNotMatch((await send('/api/v2/products/1001')).headers.get('vary') ?? '', /Api-Version/)
  })

  test('HEAD is GET without its body', async () => {
    const head = await send('/api/v2/products/1001', { method: 'HEAD' })
    const get = await send('/api/v2/products/1001')
    assert.equal(head.status, 200)
    assert.equal(head.text, '')
    assert.equal(head.headers.get('content-length'), String(get.text.length))
    assert.equal(head.headers.get('etag'), get.headers.get('etag'))
  })
})

describe('commands', () => {
  test('201 with Location and the minted key', async () => {
    next = () => product
    const { status, headers } = await create()
    assert.equal(status, 201)
    assert.equal(headers.get('location'), '/api/v2/products/1001')
    assert.match(headers.get('idempotency-key')!, /^[0-9a-f]{32}$/)
    assert.equal(seen?.call.key, headers.get('idempotency-key'))
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('etag'), null)
  })

  test("the client's key reaches the service and comes back", async () => {
    next = () => product
    const { headers } = await create({ 'idempotency-key': 'order 7/ä'.slice(0, 8) })
    assert.equal(seen?.call.key, 'order 7/')
    assert.equal(headers.get('idempotency-key'), 'order 7/')
    assert.equal(headers.get('idempotency-replayed'), null)
  })

  test('keys that are none are refused', async () => {
    for (const key of ['', 'x'.repeat(256), 'tab\there', '\u00e4']) {
      const { status, body } = await create({ 'idempotency-key': key })
      assert.equal(status, 400, key)
      assert.equal(body.error?.code, 'api.INVALID_HEADER')
    }
  })

  test('a replay says so, be it a reply or an error', async () => {
    next = () => reply(product, { replayed: true })
    assert.equal((await create()).headers.get('idempotency-replayed'), 'true')
    const refusal = shopErrors.PRICE_CHANGED({ price: { amountMinor: 1, currency: 'USD' } })
    next = () => {
      throw new BanyanError(refusal.toJSON(), { replayed: true })
    }
    const { status, headers } = await create({ 'idempotency-key': 'k1' })
    assert.equal(status, 409)
    assert.equal(headers.get('idempotency-replayed'), 'true')
    assert.equal(headers.get('idempotency-key'), 'k1')
  })

  test('an operation whose answer is kept nowhere takes no key', async () => {
    const body = JSON.stringify({ email: 'ada@example.com', password: 'x' })
    const headers = { 'content-type': 'application/json' }
    const refused = await send('/api/v2/sessions', {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': 'k' },
      body,
    })
    assert.equal(refused.body.error?.code, 'api.KEY_NOT_ACCEPTED')
    const { status, headers: answered } = await send('/api/v2/sessions', { method: 'POST', headers, body })
    assert.equal(status, 201)
    assert.equal(answered.get('idempotency-key'), null)
  })

  test('Prefer: wait is granted up to the deadline and named', async () => {
    next = () => product
    const waits = { 'wait=2': 2, 'respond-async, wait=0': 0, 'wait=99': 4 }
    for (const [prefer, seconds] of Object.entries(waits)) {
      const { headers } = await create({ prefer })
      assert.equal(headers.get('preference-applied'), `wait=${seconds}`)
      assert.equal(seen?.call.waitMs, seconds * 1_000)
    }
    assert.equal((await create()).headers.get('preference-applied'), null)
    assert.equal(seen?.call.waitMs, 4_500, 'by default ten seconds, here what the deadline leaves')
  })

  test('pending: 202 with where to look and when', async () => {
    next = () => reply(product, { pending: true })
    const { status, headers } = await create()
    assert.equal(status, 202)
    assert.equal(headers.get('location'), '/api/v2/products/1001')
    assert.equal(headers.get('retry-after'), '1')
  })

  test('If-Match reaches the service as its own version', async () => {
    const put = (ifMatch: string) =>
      send('/api/v2/users/42/note', {
        method: 'PUT',
        headers: { authorization: 'customer 42', 'content-type': 'application/json', 'if-match': ifMatch },
        body: '{"text":"x"}',
      })
    assert.equal((await put('"v2-n1"')).status, 200)
    assert.equal(seen?.call.ifMatch, 'n1')
    assert.deepEqual(seen?.input, { userId: '42', text: 'x' })
    assert.equal((await put('*')).status, 200)
    assert.equal(seen?.call.ifMatch, null)
    assert.equal((await put('"v1-n1"')).status, 412)
    assert.equal((await put('"v1-n1", "v2-a", "v2-b"')).status, 200)
    assert.equal(seen?.call.ifMatch, 'a b', 'any of them will do')
    assert.equal((await put('"v2-a" "v2-b"')).status, 400)
  })

  test('a webhook gets the text as it came and the headers that it names', async () => {
    const body = '{"a": 1,\r\n"b":\u00e4}'
    const init = { method: 'POST', headers: { 'content-type': 'text/plain', 'x-signature': 's', 'x-other': 'o' }, body }
    const { status, body: answer } = await send('/api/v2/webhooks/stripe', init)
    assert.equal(status, 200)
    assert.deepEqual(answer.data, { bytes: Buffer.byteLength(body) })
  })
})

describe('headers of every answer', () => {
  test('a sane X-Request-Id is kept and reaches the service, others are replaced', async () => {
    next = () => product
    assert.equal((await create({ 'x-request-id': 'client-4711' })).headers.get('x-request-id'), 'client-4711')
    assert.equal(seen?.call.requestId, 'client-4711')
    for (const id of ['short', 'x'.repeat(129), 'a b c d e f', '<script>alert</script>']) {
      assert.notEqual((await create({ 'x-request-id': id })).headers.get('x-request-id'), id)
    }
  })

  test('traceparent goes on as a child of the caller', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    await create({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` })
    assert.match(seen!.call.traceParent!, new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`))
    await create({ traceparent: 'rubbish' })
    assert.match(seen!.call.traceParent!, /^00-[0-9a-f]{32}-/)
  })

  test('security headers, and HSTS because https is configured', async () => {
    const { headers } = await send('/api/v2/products/1001')
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.match(headers.get('strict-transport-security')!, /max-age=/)
    assert.equal(headers.get('x-powered-by'), null)
    assert.equal(headers.get('server'), null)
  })

  test('CORS: listed origins only, by preflight and by answer', async () => {
    const ask = (origin: string) => send('/api/v2/products', { headers: { origin } })
    const allowed = await ask('https://shop.example.com')
    assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://shop.example.com')
    assert.match(allowed.headers.get('vary')!, /Origin/)
    assert.equal((await ask('https://shop.example.com.evil.com')).headers.get('access-control-allow-origin'), null)
    const preflight = await send('/api/v2/products', {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example.com', 'access-control-request-method': 'POST' },
    })
    assert.equal(preflight.status, 204)
    // Two of them would be read as one text with a comma, and the page be refused.
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://shop.example.com')
    assert.match(preflight.headers.get('access-control-allow-methods')!, /POST/)
    assert.match(preflight.headers.get('access-control-allow-headers')!, /Idempotency-Key/)
  })
})
