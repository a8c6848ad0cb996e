import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { createGateway } from './gateway.ts'
import { fixtureOptions } from './gateway.fixture.ts'

// No limit, so that every request gets as far as it can.
const gateway = createGateway(fixtureOptions({ settings: { rateLimitPerSecond: 0 } }))
let port = 0
before(async () => void (port = Number(new URL((await gateway.start()).url).port)))
after(() => gateway.stop())

const RUNS = 300
const AT_ONCE = 10

const segment = fc.oneof(
  fc.constantFrom('api', 'v1', 'v2', 'v3', 'products', 'users', '42', 'note', 'sessions', 'webhooks', '1001', 'docs'),
  fc.constantFrom('..', '.', '', '%2e', '%2f', '%00', '%', '%zz', '%ff', ';a=b', '__proto__', 'constructor', '*'),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
)
const path = fc.oneof(
  fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
  fc.constantFrom(
    '/api/v2/products/1001',
    '/api/v2/users/42/note',
    '/api/v1/products',
    '/api/sessions',
    '/api/v2/webhooks/x',
  ),
)
const parameter = fc.tuple(
  fc.constantFrom('limit', 'cursor', 'search', 'version', '__proto__', 'userId', 'a[b]', 'a.b'),
  fc.oneof(
    fc.constantFrom('1', '2', '-1', '1e9', 'NaN', '', '%00', '%'),
    fc.string({ maxLength: 8 }).map(encodeURIComponent),
  ),
)
const query = fc.array(parameter, { maxLength: 4 }).map((pairs) => pairs.map((pair) => pair.join('=')).join('&'))
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
})
const header = fc.tuple(
  fc.constantFrom(
    'Authorization',
    'X-Api-Key',
    'Idempotency-Key',
    'If-Match',
    'If-None-Match',
    'Prefer',
    'Api-Version',
    'Content-Type',
    'Content-Encoding',
    'X-Request-Id',
    'traceparent',
    'Origin',
    'Accept',
    'X-Forwarded-For',
    'Expect',
    'Range',
    'Cookie',
  ),
  fc.oneof(
    fc.constantFrom(
      'admin 1',
      'customer 42',
      'application/json',
      'text/plain',
      '1',
      '2',
      '*',
      '"v2-n1"',
      'wait=1',
      'gzip',
      'bk_',
    ),
    headerText.map((text) => text.replace(/[\x7f]/g, '')),
  ),
)
const body = fc.oneof(
  fc.constant(''),
  fc.json(),
  fc.constantFrom(
    '{"name":"x","price":1}',
    '{"text":"x"}',
    '{"__proto__":{"a":1}}',
    '{"text":"\\u0000"}',
    '{"text":"\\ud800"}',
  ),
  fc.constantFrom('['.repeat(5_000), '{"a":'.repeat(5_000), '1e999', '\ufeff{}', '{"text":1,"text":2}'),
  fc.string({ maxLength: 50 }),
)
const request = fc.record({
  method: fc.constantFrom(
    'GET',
    'GET',
    'POST',
    'POST',
    'PUT',
    'DELETE',
    'HEAD',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'PURGE',
    'QUERY',
  ),
  path,
  query,
  headers: fc.uniqueArray(header, { selector: ([name]) => name, maxLength: 5 }),
  body,
})
type OddRequest = typeof request extends fc.Arbitrary<infer T> ? T : never

test(`no request is our fault: ${RUNS * AT_ONCE} odd ones, none answered 5xx, all in the envelope`, async () => {
  const seen = new Set<number>()
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
      await Promise.all(requests.map(async (odd) => void seen.add(await checkAnswer(odd))))
    }),
    { numRuns: RUNS },
  )
  // It must have met more than the front door.
  for (const status of [200, 400, 401, 404, 405]) assert.ok(seen.has(status), `no ${status} in ${[...seen].join(', ')}`)
})

async function checkAnswer(odd: OddRequest): Promise<number> {
  const { status, text } = await send(odd)
  assert.ok(status < 500, `${status} ${text}`)
  if (status >= 400 && odd.method !== 'HEAD') {
    assert.match(text, /^\{"success":false,"error":\{"code":"[a-z]+\.[A-Z_]+"/)
    assert.doesNotMatch(text, /node:|\.ts:|\.js:|FST_/)
  }
  return status
}

function send({ method, path, query, headers, body }: OddRequest): Promise<{ status: number; text: string }> {
  const bytes = Buffer.from(body)
  const target = `${path || '/'}${query === '' ? '' : `?${query}`}`.replace(/\s/g, '')
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bytes.length}\r\n${lines}\r\n`
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () =>
      socket.write(Buffer.concat([Buffer.from(head, 'latin1'), bytes])),
    )
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? Number.NaN)
      const text = received.slice(received.lastIndexOf('\r\n\r\n') + 4)
      if (Number.isNaN(status)) reject(new Error(`no answer to ${head}`))
      else resolve({ status, text })
    })
  })
}
