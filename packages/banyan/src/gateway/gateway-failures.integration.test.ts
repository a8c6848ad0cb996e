import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { reply } from '../contract/index.ts'
import { coreErrors } from '../core/index.ts'
import { silentLogger, type Logger } from '../observe/index.ts'
import type { Authenticator } from './identity/authenticator.ts'
import { createGateway } from './gateway.ts'
import { fixtureOptions, product, sendTo, shopWire } from './gateway.fixture.ts'

/** What the next `createProduct` throws. */
let failure: Error = coreErrors.NOT_FOUND()
function fail(): never {
  throw failure
}

function oddVersion({ userId }: { userId: string }) {
  return reply({ userId, text: 'x' }, { versions: 'a\r\nSet-Cookie: b\u2713', changedAt: product.updatedAt })
}

const lines: { readonly fields: object; readonly message: string }[] = []
const logger: Logger = { ...silentLogger, error: (fields, message) => void lines.push({ fields, message }) }
const gateway = createGateway(fixtureOptions({ logger, wire: shopWire({ createProduct: fail, getNote: oddVersion }) }))
let url = ''
before(async () => void ({ url } = await gateway.start()))
after(() => gateway.stop())

const send = (path: string, init?: RequestInit) => sendTo(url + path, init)
const admin = { authorization: 'admin 1', 'content-type': 'application/json' }
const valid = JSON.stringify({ name: 'A tree', price: { amountMinor: 1_999, currency: 'USD' } })
const create = () => send('/api/v2/products', { method: 'POST', headers: admin, body: valid })

/** Fails at the edge itself, where nobody expects it. */
const brokenAuthenticator: Authenticator = {
  authenticate() {
    throw new TypeError('broken')
  },
}

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
    [
      'the key __proto__',
      '/api/v2/products',
      { method: 'POST', headers: admin, body: '{"__proto__":{"role":"admin"}}' },
      400,
      'api.INVALID_INPUT',
    ],
    [
      'a thousand levels',
      '/api/v2/products',
      { method: 'POST', headers: admin, body: `{"name":${'['.repeat(1_000)}${']'.repeat(1_000)}}` },
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

  test('who may not ask, and what is no valid input, never reaches the wire', async () => {
    const reached: string[] = []
    const call = async (operation: string) => reply(void reached.push(operation))
    await using own = createGateway(fixtureOptions({ wire: { call } }))
    const { url: ownUrl } = await own.start()
    const ask = async (path: string, init: RequestInit) => (await sendTo(`${ownUrl}/api/v2${path}`, init)).status
    const customer = { ...admin, authorization: 'customer 41' }
    assert.equal(await ask('/users/42/note', { headers: { authorization: 'customer 41' } }), 404)
    assert.equal(await ask('/products', { method: 'POST', headers: customer, body: valid }), 403)
    assert.equal(await ask('/products', { method: 'POST', headers: admin, body: '{}' }), 400)
    assert.equal(await ask('/users/42/note', {}), 401)
    assert.deepEqual(reached, [])
  })

  test('what nobody declared is api.INTERNAL and shows nothing', async () => {
    failure = new Error('password=hunter2 at db.internal')
    const { status, body, text } = await create()
    assert.equal(status, 500)
    assert.equal(body.error?.code, 'api.INTERNAL')
    assert.doesNotMatch(text, /hunter2|db\.internal|at /)
  })

  test('what fails at the edge itself is logged there, with its cause', async () => {
    await using own = createGateway(fixtureOptions({ logger, authenticator: brokenAuthenticator }))
    const { url: ownUrl } = await own.start()
    const { status, text, headers } = await sendTo(`${ownUrl}/api/v2/products/1001?search=secret`)
    assert.equal(status, 500)
    assert.doesNotMatch(text, /broken/)
    const line = lines.find(({ message }) => message === 'request failed')
    const requestId = headers.get('x-request-id')
    assert.deepEqual(line?.fields, {
      requestId,
      method: 'GET',
      path: '/api/v2/products/1001',
      error: new TypeError('broken'),
    })
  })

  test('an answer that no header can carry is our fault, and no request hangs or gets a header smuggled in', async () => {
    const { status, body, headers } = await send('/api/v2/users/42/note', { headers: { authorization: 'customer 42' } })
    assert.equal(status, 500)
    assert.equal(body.error?.code, 'api.INTERNAL')
    assert.equal(headers.get('set-cookie'), null)
  })

  test('503 says when to come back', async () => {
    failure = coreErrors.OVERLOADED({ what: 'The queue', limit: 5 })
    const { status, headers } = await create()
    assert.equal(status, 503)
    assert.equal(headers.get('retry-after'), '1')
  })

  test('504 when the service does not answer in time is the declared error with its advice', async () => {
    failure = coreErrors.DEADLINE_EXCEEDED()
    const { status, text } = await create()
    assert.equal(status, 504)
    assert.match(text, /"effect":"unknown","retry":"same-key"/)
  })
})
