import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createGateway } from './gateway.ts'
import { fixtureOptions } from './gateway.fixture.ts'

const settings = { requestTimeoutMs: 600, headersTimeoutMs: 500 }
const gateway = createGateway(fixtureOptions({ settings }))
let port = 0
before(async () => void (port = Number(new URL((await gateway.start()).url).port)))
after(() => gateway.stop())

interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly closed: boolean
}

/** Sends bytes as they are and reads until the server closes, or until an answer is whole. */
function sendRaw(text: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    let received = ''
    const finish = (closed: boolean) => {
      const answer = parse(received, closed)
      if (closed ? answer !== null : answer !== null && isWhole(answer)) {
        socket.destroy()
        resolve(answer!)
      } else if (closed) reject(new Error(`closed without an answer: ${received}`))
    }
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      finish(false)
    })
    socket.on('end', () => finish(true))
    socket.on('error', reject)
    socket.setTimeout(8_000, () => socket.destroy(new Error('no answer within 8 s')))
  })
}

function parse(text: string, closed: boolean): RawAnswer | null {
  const end = text.indexOf('\r\n\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  if (end < 0 || status === undefined) return null
  const lines = text.slice(0, end).split('\r\n').slice(1)
  const headers = new Map(lines.map((line) => [line.split(':')[0]!.toLowerCase(), line.slice(line.indexOf(':') + 2)]))
  return { status: Number(status), headers, body: text.slice(end + 4), closed }
}

function isWhole({ headers, body }: RawAnswer): boolean {
  return body.length >= Number(headers.get('content-length') ?? 0)
}

const HOST = 'Host: x\r\n'
const POST = `POST /api/v2/webhooks/x HTTP/1.1\r\n${HOST}Content-Type: text/plain\r\n`

describe('what is no HTTP', () => {
  const cases: Readonly<Record<string, [text: string, status: number, code: string]>> = {
    'two Content-Length': [`${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400, 'api.MALFORMED_REQUEST'],
    'two equal Content-Length': [
      `${POST}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'a list as Content-Length': [`${POST}Content-Length: 1, 1\r\n\r\na`, 400, 'api.MALFORMED_REQUEST'],
    'Content-Length with Transfer-Encoding': [
      `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'Transfer-Encoding with Content-Length': [
      `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'an unknown Transfer-Encoding': [
      `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'chunked twice': [
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'a chunk size that is none': [
      `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\na\r\n0\r\n\r\n`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'a chunk size with a sign': [
      `${POST}Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'a chunk without its CRLF': [
      `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`,
      400,
      'api.MALFORMED_REQUEST',
    ],
    'a bare CR in a header': [`GET /api/v2/products HTTP/1.1\r\n${HOST}X: a\rb\r\n\r\n`, 400, 'api.MALFORMED_REQUEST'],
    'a space before the colon': [`GET /api/v2/products HTTP/1.1\r\n${HOST}X : a\r\n\r\n`, 400, 'api.MALFORMED_REQUEST'],
    'a folded header': [`GET /api/v2/products HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, 400, 'api.MALFORMED_REQUEST'],
    'a NUL in a header': [`GET /api/v2/products HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, 400, 'api.MALFORMED_REQUEST'],
    'lines that end with LF alone': ['GET /api/v2/products/1001 HTTP/1.1\nHost: x\n\n', 400, 'api.MALFORMED_REQUEST'],
    'a chunk extension without end': [
      `${POST}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
      413,
      'api.BODY_TOO_LARGE',
    ],
    'no Host': ['GET /api/v2/products/1001 HTTP/1.1\r\n\r\n', 400, 'api.MALFORMED_REQUEST'],
    rubbish: ['rubbish\r\n\r\n', 400, 'api.MALFORMED_REQUEST'],
    'a TLS greeting': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'api.MALFORMED_REQUEST'],
    'HTTP/2 with prior knowledge': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'api.MALFORMED_REQUEST'],
    'headers that never end': [`GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(40_000)}`, 431, 'api.HEADERS_TOO_LARGE'],
    'headers that do not come': [`GET / HTTP/1.1\r\n${HOST}X: a`, 408, 'api.REQUEST_TIMEOUT'],
    'a body that does not come': [`${POST}Content-Length: 10\r\n\r\nabc`, 408, 'api.REQUEST_TIMEOUT'],
    CONNECT: [`CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`, 405, 'api.METHOD_NOT_ALLOWED'],
    'an expectation nobody meets': [
      `${POST}Content-Length: 1\r\nExpect: magic\r\n\r\na`,
      417,
      'api.EXPECTATION_FAILED',
    ],
  }
  for (const [name, [text, status, code]] of Object.entries(cases)) {
    test(`${name}: ${status} in the envelope, and the connection ends`, async () => {
      const answer = await sendRaw(text)
      assert.equal(answer.status, status)
      const { success, error, meta } = JSON.parse(answer.body) as {
        success: boolean
        error: { code: string }
        meta: { requestId: string }
      }
      assert.equal(success, false)
      assert.equal(error.code, code)
      assert.equal(meta.requestId, answer.headers.get('x-request-id'))
      assert.equal(answer.headers.get('connection'), 'close')
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    })
  }
})

describe('what is HTTP, but odd', () => {
  test('a body that is too large is answered and the connection goes on', async () => {
    const answer = await sendRaw(`${POST}Content-Length: 300000\r\n\r\n${'a'.repeat(300_000)}`)
    assert.equal(answer.status, 413)
    assert.notEqual(answer.headers.get('connection'), 'close')
  })

  test('a chunked body that is too large is cut off at the limit', async () => {
    const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`
    assert.equal((await sendRaw(`${POST}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`)).status, 413)
  })

  test('100-continue is met', async () => {
    const { status } = await sendRaw(`${POST}Content-Length: 1\r\nExpect: 100-continue\r\n\r\na`)
    assert.ok(status === 100 || status === 200)
  })

  test('a chunk extension says nothing', async () => {
    const { status } = await sendRaw(`${POST}Transfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n0\r\n\r\n`)
    assert.equal(status, 200)
  })

  test('HEAD has the headers of GET and no body', async () => {
    const of = (method: string) =>
      sendRaw(`${method} /api/v2/products/1001 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
    const [head, get] = [await of('HEAD'), await of('GET')]
    assert.equal(head.body, '')
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control']) {
      assert.equal(head.headers.get(name), get.headers.get(name), name)
    }
    assert.deepEqual([head.status, get.status], [200, 200])
  })

  test('a request that drips is cut off at the limit of the whole, however steadily it drips', async () => {
    const beganAtMs = performance.now()
    const answer = await drip(`GET / HTTP/1.1\r\n${HOST}X: `)
    assert.match(answer, /^HTTP\/1\.1 408 /)
    assert.ok(performance.now() - beganAtMs < 10_000)
  })

  test('an upgrade is passed over', async () => {
    const headers = `${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n`
    assert.equal((await sendRaw(`GET /api/v2/products/1001 HTTP/1.1\r\n${headers}\r\n`)).status, 200)
  })

  test('HTTP/1.0 is answered and closed', async () => {
    const answer = await sendRaw('GET /api/v2/products/1001 HTTP/1.0\r\n\r\n')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('connection'), 'close')
  })

  const twins: Readonly<Record<string, number>> = {
    '/api/v2/products/1001': 200,
    '/api/v2/%70roducts/1001': 200,
    '/api/v2/products/%31001': 200,
    '/api/v2//products/1001': 404,
    '//api/v2/products/1001': 404,
    '/api/v2/products/1001/': 404,
    '/api/v2/./products/1001': 404,
    '/api/v2/x/../products/1001': 404,
    '/api/v2/x/%2e%2e/products/1001': 404,
    '/api/v2/products/%2e%2e': 404,
    '/api/v2/products%2f1001': 404,
    '/api/v2/products/1001;x=1': 404,
    '/api/v2/products;x=1/1001': 404,
    '/api/v2/products/1001%00': 404,
    '/API/v2/products/1001': 404,
    '/api/V2/products/1001': 404,
    '/api/v2/Products/1001': 404,
    '/api/v2/products/1001#x': 400,
    '/api/v2/products/1001?': 200,
    '*': 302, // the router takes it for the root, which leads to the docs
    'http://x/api/v2/products/1001': 200,
  }
  for (const [path, status] of Object.entries(twins)) {
    test(`${path} is ${status}`, async () => {
      assert.equal((await sendRaw(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`)).status, status)
    })
  }

  test('a doubled If-Match or Authorization is not half read', async () => {
    const twice = `Authorization: customer 42\r\nAuthorization: admin 1\r\n`
    const { status } = await sendRaw(`GET /api/v2/users/41/note HTTP/1.1\r\n${HOST}${twice}\r\n`)
    assert.equal(status, 404, 'the first counts, as everywhere in Node')
  })

  test('pipelined requests are answered in order', async () => {
    const one = `GET /api/v2/products/1001 HTTP/1.1\r\n${HOST}\r\n`
    const last = `GET /api/v2/products/77 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`
    assert.deepEqual(await statusesOf(one + one + last), ['200', '200', '404'])
  })

  test('a byte too many behind a request: that is carried out, and its answer ends the connection', async () => {
    const answer = await sendRaw(`${POST}Content-Length: 1\r\n\r\nab`)
    assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close'])
    assert.deepEqual(await statusesOf(`${POST}Content-Length: 1\r\n\r\nab`), ['200'])
  })

  test('a command behind one without Host, whose body comes first, is answered, too', async () => {
    const noHost = POST.replace(HOST, '')
    const [first, last] = [
      `${noHost}Content-Length: 1\r\n\r\na`,
      `${POST}Content-Length: 1\r\nConnection: close\r\n\r\na`,
    ]
    assert.deepEqual(await statusesOf(first + last), ['400', '200'])
  })

  test('behind a request that is refused with the end of its connection nothing is read', async () => {
    const next = `GET /api/v2/products/1001 HTTP/1.1\r\n${HOST}\r\n`
    assert.deepEqual(await statusesOf(`GET /api/v2/products/1001 HTTP/1.1\r\n\r\n${next}`), ['400'])
  })
})

test('whoever has asked for CONNECT may break off or stay: that neither ends the gateway nor keeps it', async () => {
  const own = createGateway(fixtureOptions({ settings }))
  const at = Number(new URL((await own.start()).url).port)
  const ask = () =>
    new Promise<Socket>((resolve) => {
      const request = `CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`
      const socket = connect({ port: at, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(request))
      socket.on('error', () => null)
      socket.once('data', () => resolve(socket))
    })
  for (let times = 0; times < 5; times++) (await ask()).resetAndDestroy()
  const staying = await ask()
  const beganAtMs = performance.now()
  await own.stop()
  const tookMs = performance.now() - beganAtMs
  assert.ok(tookMs < 10_000, `stopped after ${tookMs} ms`)
  staying.destroy()
})

/** Of all answers, until the server closes. */
function statusesOf(text: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('end', () => resolve([...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!)))
    socket.on('error', reject)
  })
}

/** Sends the beginning, then a byte every 20 ms until it is answered. */
function drip(beginning: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(beginning))
    const timer = setInterval(() => socket.writable && socket.write('a'), 20)
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('close', () => (clearInterval(timer), resolve(received)))
    socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)))
  })
}
