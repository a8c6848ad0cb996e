import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { reply, type Call } from '../contract/index.ts'
import { coreErrors } from '../core/index.ts'
import { createGateway } from './gateway.ts'
import { fixtureOptions, product, shopErrors, shopWire } from './gateway.fixture.ts'
import type { GatewayOptions } from './gateway-options.ts'

interface Body {
  readonly success: boolean
  readonly data?: unknown
  readonly error?: { readonly code: string; readonly message: string; readonly details: Record<string, unknown> }
  readonly meta: Record<string, unknown>
}

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

async function send(path: string, init: RequestInit = {}) {
  const response = await fetch(url + path, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: (text && JSON.parse(text)) as Body }
}

const admin = { authorization: 'admin 1', 'content-type': 'application/json' }
const valid = JSON.stringify({ name: 'A tree', price: { amountMinor: 1_999, currency: 'USD' } })

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

describe('the envelope of failures', () => {
  const big = JSON.stringify({ name: 'x'.repeat(300_000) })
  const json = { 'content-type': 'application/json' }
  const cases: readonly [name: string, path: string, init: RequestInit, status: number, code: string][] = [
    ['unknown path', '/nope', {}, 404, 'api.UNKNOWN_PATH'],
    ['unknown path under a version', '/api/v2/nope', {}, 404, 'api.UNKNOWN_PATH'],
    ['internal operation', '/api/v2/reindex', { method: 'POST' }, 404, 'api.UNKNOWN_PATH'],
    ['no such thing', '/api/v2/products/77', {}, 404, 'api.NOT_FOUND'],
    ['an id that cannot exist', '/api/v2/products/a%20b', {}, 404, 'api.NOT_FOUND'],
    ['broken percent-encoding', '/api/v2/products/%zz', {}, 400, 'api.MALFORMED_REQUEST'],
    ['wrong method', '/api/v2/products', { method: 'PUT' }, 405, 'api.METHOD_NOT_ALLOWED'],
    ['method nobody has', '/api/v2/products', { method: 'PATCH' }, 405, 'api.METHOD_NOT_ALLOWED'],
    ['broken JSON', '/api/v2/products', { method: 'POST', headers: admin, body: '{' }, 400, 'api.MALFORMED_JSON'],
    [
      'no UTF-8',
      '/api/v2/products',
      { method: 'POST', headers: admin, body: Buffer.from([0x22, 0xff, 0x22]) },
      400,
      'api.MALFORMED_JSON',
    ],
    ['a list as body', '/api/v2/products', { method: 'POST', headers: admin, body: '[]' }, 400, 'api.INVALID_INPUT'],
    [
      'an unknown field',
      '/api/v2/products',
      { method: 'POST', headers: admin, body: '{"role":"admin"}' },
      400,
      'api.INVALID_INPUT',
    ],
    ['a body too large', '/api/v2/products', { method: 'POST', headers: admin, body: big }, 413, 'api.BODY_TOO_LARGE'],
    [
      'another type',
      '/api/v2/products',
      { method: 'POST', headers: { ...admin, 'content-type': 'text/xml' }, body: '<a/>' },
      415,
      'api.UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a broken type',
      '/api/v2/products',
      { method: 'POST', headers: { ...admin, 'content-type': 'json' }, body: '{}' },
      415,
      'api.UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'compressed',
      '/api/v2/products',
      { method: 'POST', headers: { ...admin, 'content-encoding': 'gzip' }, body: '{}' },
      415,
      'api.UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a long URL', `/api/v2/products?search=${'x'.repeat(8_200)}`, {}, 414, 'api.URI_TOO_LONG'],
    ['a long unknown URL', `/${'x'.repeat(8_200)}`, {}, 414, 'api.URI_TOO_LONG'],
    ['large headers', '/api/v2/products', { headers: { 'x-pad': 'x'.repeat(33_000) } }, 431, 'api.HEADERS_TOO_LARGE'],
    ['a parameter twice', '/api/v2/products?limit=1&limit=2', {}, 400, 'api.INVALID_QUERY'],
    ['an unknown parameter', '/api/v2/products?sort=x', {}, 400, 'api.INVALID_INPUT'],
    ['a number that is none', '/api/v2/products?limit=1e1', {}, 400, 'api.INVALID_INPUT'],
    [
      'a query beside a body',
      '/api/v2/products?name=x',
      { method: 'POST', headers: admin, body: valid },
      400,
      'api.INVALID_INPUT',
    ],
    ['nobody', '/api/v2/users/42/note', {}, 401, 'api.UNAUTHENTICATED'],
    [
      'nobody, before the input is judged',
      '/api/v2/products',
      { method: 'POST', headers: json, body: '{"x":1}' },
      401,
      'api.UNAUTHENTICATED',
    ],
    ['bad credentials', '/api/v2/products/1001', { headers: { authorization: 'x' } }, 401, 'api.UNAUTHENTICATED'],
    ["someone else's", '/api/v2/users/42/note', { headers: { authorization: 'customer 41' } }, 404, 'api.NOT_FOUND'],
    [
      'the wrong role',
      '/api/v2/products',
      { method: 'POST', headers: { ...json, authorization: 'customer 42' }, body: valid },
      403,
      'api.FORBIDDEN',
    ],
    [
      'a path parameter in the body',
      '/api/v2/users/42/note',
      { method: 'PUT', headers: { ...json, authorization: 'customer 42' }, body: '{"userId":"41","text":"x"}' },
      400,
      'api.INVALID_INPUT',
    ],
    [
      'a path parameter in the query',
      '/api/v2/users/42/note?userId=41',
      { headers: { authorization: 'customer 42' } },
      400,
      'api.INVALID_INPUT',
    ],
  ]
  for (const [name, path, init, status, code] of cases) {
    test(`${status} ${name}`, async () => {
      const answer = await send(path, init)
      assert.equal(answer.status, status, answer.text)
      const { success, error, meta } = answer.body
      assert.equal(success, false)
      assert.equal(error?.code, code)
      assert.deepEqual(Object.keys(error!), ['code', 'message', 'effect', 'retry', 'details'])
      assert.equal(meta.requestId, answer.headers.get('x-request-id'))
      assert.match(String(meta.timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      if (status === 401) assert.match(answer.headers.get('www-authenticate')!, /^Bearer/)
      if (status === 405) assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST, OPTIONS')
    })
  }

  test('what nobody declared is api.INTERNAL and shows nothing', async () => {
    next = () => {
      throw new Error('password=hunter2 at db.internal')
    }
    const { status, body, text } = await create()
    assert.equal(status, 500)
    assert.equal(body.error?.code, 'api.INTERNAL')
    assert.doesNotMatch(text, /hunter2|db\.internal|at /)
  })

  test('503 and 429 say when to come back', async () => {
    next = () => {
      throw coreErrors.OVERLOADED({ what: 'The queue', limit: 5 })
    }
    const { status, headers } = await create()
    assert.equal(status, 503)
    assert.equal(headers.get('retry-after'), '1')
  })

  test('504 when the service does not answer in time is the declared error with its advice', async () => {
    next = () => {
      throw coreErrors.DEADLINE_EXCEEDED()
    }
    const { status, text } = await create()
    assert.equal(status, 504)
    assert.match(text, /"effect":"unknown","retry":"same-key"/)
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
    assert.equal((await put('"v2-a", "v2-b"')).status, 400)
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
    assert.match(preflight.headers.get('access-control-allow-methods')!, /POST/)
    assert.match(preflight.headers.get('access-control-allow-headers')!, /Idempotency-Key/)
  })
})

describe('health', () => {
  test('ready names what is missing and heals', async () => {
    let isDown = true
    const readiness = {
      'database of shop': async () => {
        if (isDown) throw new Error('connection refused at 10.0.0.5')
      },
      'event log': async () => undefined,
    }
    const own = createGateway(fixtureOptions({ readiness }))
    const { url: ownUrl } = await own.start()
    try {
      const response = await fetch(`${ownUrl}/health/ready`)
      const body = (await response.json()) as Body
      assert.equal(response.status, 503)
      assert.equal(response.headers.get('retry-after'), '1')
      assert.equal(body.error?.message, 'Not ready: database of shop.')
      assert.deepEqual(body.error?.details.dependencies, ['database of shop'])
      assert.equal((await fetch(`${ownUrl}/health/live`)).status, 200)
      isDown = false
      assert.equal((await fetch(`${ownUrl}/health/ready`)).status, 200)
    } finally {
      await own.stop()
    }
  })

  test('metrics count by operation and status, and are for this machine only', async () => {
    await send('/api/v2/products/77')
    const local = await fetch(`${url}/metrics`)
    assert.match(await local.text(), /banyan_http_requests_total\{operation="shop\.getProduct",status="404"\} \d/)
    const forwarded = await send('/metrics', { headers: { 'x-forwarded-for': '1.2.3.4' } })
    assert.equal(forwarded.status, 404)
  })
})

describe('rate limits', () => {
  test('the quota is per client, is announced, and 429 says when to come back', async () => {
    const own = createGateway(fixtureOptions({ settings: { rateLimitPerSecond: 5 } }))
    const { url: ownUrl } = await own.start()
    try {
      const ask = (authorization?: string) =>
        fetch(`${ownUrl}/api/v2/products/1001`, { headers: authorization ? { authorization } : {} })
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask('customer 1')))
      const refused = answers.filter(({ status }) => status === 429)
      assert.ok(refused.length >= 5 && refused.length <= 7, `${refused.length} refused`)
      assert.equal(refused[0]!.headers.get('retry-after'), '1')
      assert.equal(refused[0]!.headers.get('ratelimit-policy'), '"default";q=5;w=1')
      assert.match(refused[0]!.headers.get('ratelimit')!, /^"default";r=0;t=1$/)
      assert.equal((await ask('customer 2')).status, 200)
      assert.equal((await ask()).status, 200)
      const strangers = await Promise.all(Array.from({ length: 12 }, () => ask('rubbish')))
      assert.ok(
        strangers.some(({ status }) => status === 429),
        'bad credentials are paid for by address',
      )
      assert.ok((await fetch(`${ownUrl}/nope`)).status >= 404)
    } finally {
      await own.stop()
    }
  })
})

describe('start and stop', () => {
  test('both may be asked twice; a port that is taken is named', async () => {
    const own = createGateway(fixtureOptions())
    const [first, second] = [await own.start(), await own.start()]
    assert.equal(first.url, second.url)
    const rival = createGateway(fixtureOptions({ port: Number(new URL(first.url).port) }))
    await assert.rejects(rival.start(), /port \d+ is taken by another process. Set PORT/)
    await own.stop()
    await own.stop()
    await assert.rejects(fetch(first.url))
  })

  test('a setting out of its bounds is named at construction', () => {
    assert.throws(() => createGateway(fixtureOptions({ settings: { maxBodyBytes: -1 } })), /maxBodyBytes/)
  })
})
