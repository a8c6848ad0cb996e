import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createClient, createFrontier } from '../../contract/index.ts'
import { coreErrors, isError, systemClock } from '../../core/index.ts'
import { createProbeEndpoint, probe } from '../../testing/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { WireServer } from '../transport.ts'
import { until, wireTools } from '../wire.fixture.ts'
import { createHttpTransport } from './http-transport.ts'

const run = promisify(execFile)
const seen = createProbeEndpoint(systemClock)
const tools = wireTools(['orders'])
const token = tools.credentials.issue('probe')
const MAX_BODY_BYTES = 100_000
const transport = createHttpTransport({ contracts: [probe], maxBodyBytes: MAX_BODY_BYTES, maxHeaderBytes: 8_192 })
let server: WireServer
before(async () => {
  server = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] })
})
after(() => server.stop())

const port = () => Number(server.address.split(':').at(-1))

/** curl's answer: status, headers by name, body. */
async function curl(operation: string, ...options: readonly string[]) {
  const url = `http://127.0.0.1:${port()}/call/${operation}`
  const { stdout } = await run('curl', ['-sS', '-i', ...options, url])
  const [head = '', body = ''] = stdout.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]))
  return { status: Number(first.split(' ')[1]), headers, body: JSON.parse(body) as Record<string, unknown> }
}

test('curl calls an operation: JSON in, JSON out, the rest of the reply in headers', async () => {
  const bearer = ['-H', `authorization: Bearer ${token}`]
  const echoed = await curl('probe.echo', ...bearer, '-d', '{"data":{"a":[1,null]}}')
  assert.equal(echoed.status, 200)
  assert.deepEqual(echoed.body, { data: { a: [1, null] } })
  const full = { versions: 'p17', changedAt: '2026-01-15T10:30:00.000Z', replayed: true, pending: true }
  const answered = await curl('probe.answer', ...bearer, '-d', JSON.stringify(full))
  assert.equal(answered.status, 202)
  assert.deepEqual(answered.body, full)
  assert.equal(answered.headers['banyan-versions'], 'p17')
  assert.equal(answered.headers['idempotency-replayed'], 'true')
})

test('the least that a caller may be set to take of headers holds the most that stands beside an answer', async () => {
  const frontier = createFrontier()
  frontier.raise(Object.fromEntries(Array.from({ length: 100 }, (_, shard) => [`orders/${shard}/1`, 2 ** 53 - 1])))
  const place = { address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] }
  await using positioned = await transport.serve({ ...tools, ...place, frontier })
  const wire = transport.connect({ ...tools, address: positioned.address })
  const longest = { versions: 'v'.repeat(4_096), changedAt: null, replayed: true, pending: true }
  assert.deepEqual(await createClient(probe, wire, { clock: systemClock, key: 'k' }).answer(longest), longest)
  await wire.stop()
})

test('curl says as whom and under which key it calls, in plain headers', async () => {
  const principal = { kind: 'user', id: '7', role: 'customer', scopes: null, sessionId: null }
  const headers = [
    `authorization: Bearer ${token}`,
    `banyan-principal: ${JSON.stringify(principal)}`,
    'idempotency-key: k 1',
    'x-request-id: from-curl',
    'if-match: "v2-p17"',
    'banyan-timeout-ms: 700',
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ]
  await curl('probe.note', ...headers.flatMap((header) => ['-H', header]), '-d', '{}')
  const { principal: who, key, requestId, ifMatch, traceParent, saga } = seen.calls.at(-1)!
  assert.deepEqual(
    { who, key, requestId, ifMatch, saga },
    { who: principal, key: 'k 1', requestId: 'from-curl', ifMatch: 'v2-p17', saga: null },
  )
  assert.equal(traceParent, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  // Who names nobody asks in its own name.
  await curl('probe.note', '-H', headers[0]!, '-d', '{}')
  assert.deepEqual(seen.calls.at(-1)!.principal, { kind: 'service', name: 'orders' })
})

test('what makes no sense is refused in words', async () => {
  const bearer = ['-H', `authorization: Bearer ${token}`]
  const cases: readonly (readonly [string, readonly string[], number, string])[] = [
    ['probe.note', ['-d', '{}'], 401, meshErrors.UNTRUSTED_CALLER.code],
    ['probe.note', ['-H', 'authorization: Bearer nonsense', '-d', '{}'], 401, meshErrors.UNTRUSTED_CALLER.code],
    ['probe.note', [...bearer, '-d', 'no json'], 400, coreErrors.MALFORMED_JSON.code],
    ['probe.note', [...bearer, '-H', 'banyan-principal: root', '-d', '{}'], 400, coreErrors.INVALID_INPUT.code],
    [
      'probe.note',
      [...bearer, '-H', 'banyan-principal: {"kind":"root"}', '-d', '{}'],
      400,
      coreErrors.INVALID_INPUT.code,
    ],
    ['probe.note', [...bearer, '-H', 'banyan-timeout-ms: soon', '-d', '{}'], 400, coreErrors.INVALID_INPUT.code],
    ['probe.note', [...bearer, '-H', 'banyan-fields: [1]', '-d', '{}'], 400, coreErrors.INVALID_INPUT.code],
    ['probe.note', bearer, 404, coreErrors.NOT_FOUND.code],
    ['probe.nope', [...bearer, '-d', '{}'], 501, meshErrors.UNKNOWN_OPERATION.code],
    ['orders.nope', [...bearer, '-d', '{}'], 501, meshErrors.UNKNOWN_OPERATION.code],
    ['probe.fail', [...bearer, '-d', '{"how":"declared"}'], 409, 'probe.BROKEN'],
  ]
  const before = seen.calls.length
  for (const [operation, options, status, code] of cases) {
    const answer = await curl(operation, ...options)
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${operation} ${options.join(' ')}`)
  }
  assert.equal(seen.calls.length, before)
})

const START = `POST /call/probe.note HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`
const MALFORMED: Readonly<Record<string, string>> = {
  'two lengths that differ': `${START}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  'the same length twice': `${START}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
  'a length beside an encoding': `${START}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  'an encoding that hides another': `${START}Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  'a bare CR in a header': `${START}X-A: 1\rX-B: 2\r\nContent-Length: 2\r\n\r\n{}`,
  'a bare LF as line end': `${START}X-A: 1\nContent-Length: 2\r\n\r\n{}`,
  'a space before the colon': `${START}Content-Length : 2\r\n\r\n{}`,
  'a folded header': `${START}X-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}`,
  'a chunk size that is none': `${START}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  'a negative length': `${START}Content-Length: -2\r\n\r\n{}`,
  'headers beyond the limit': `${START}X-A: ${'a'.repeat(9_000)}\r\n\r\n`,
  CONNECT: 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
}

for (const [name, text] of Object.entries(MALFORMED)) {
  test(`refused, and the connection closed: ${name}`, async () => {
    const before = seen.calls.length
    const socket = connect(port(), '127.0.0.1')
    const chunks: string[] = []
    socket.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
    // A second request hides behind the first: it must never be read.
    socket.write(`${text}${START}Content-Length: 2\r\n\r\n{}`)
    await once(socket, 'close')
    assert.match(chunks.join(''), /^HTTP\/1\.1 4\d\d /)
    assert.equal(chunks.join('').split('HTTP/1.1 ').length, 2, 'one answer')
    assert.equal(seen.calls.length, before)
  })
}

test('strangers keep no place: who says nothing is closed, and who is not let in with the answer', async () => {
  const small = createHttpTransport({ contracts: [probe], maxConnections: 2, greetingTimeoutMs: 200 })
  await using own = await small.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] })
  const at = { port: Number(own.address.split(':').at(-1)), host: '127.0.0.1' }
  const [silent, untrusted] = [connect(at), connect(at)]
  for (const socket of [silent, untrusted]) socket.resume()
  untrusted.write('POST /call/probe.note HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}')
  await Promise.all([once(untrusted, 'close'), once(silent, 'close')])
  const wire = small.connect({ ...tools, address: own.address })
  await createClient(probe, wire).note({})
  await wire.stop()
})

test('a call behind one without Host, or behind one that is not let in, is answered, too', async () => {
  const last = `${START}Content-Length: 2\r\nConnection: close\r\n\r\n{}`
  const faulty = {
    400: START.replace('Host: x\r\n', ''),
    401: START.replace(token, 'nonsense'),
  }
  for (const [status, start] of Object.entries(faulty)) {
    const socket = connect(port(), '127.0.0.1')
    socket.write(`${start}Content-Length: 2\r\n\r\n{}${last}`)
    const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])
    assert.deepEqual(statuses, [status, '200'])
  }
})

test('who is not let in hears so at once, while its body still comes, and a stop does not wait for that', async () => {
  const own = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] })
  const stranger = connect(Number(own.address.split(':').at(-1)), '127.0.0.1')
  stranger.on('error', () => null)
  stranger.write('POST /call/probe.note HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  const [heard] = (await once(stranger, 'data')) as [Buffer]
  assert.match(heard.toString(), /^HTTP\/1\.1 401/)
  const beganAtMs = systemClock.monotonicMs()
  await own.stop(30_000)
  assert.ok(systemClock.monotonicMs() - beganAtMs < 10_000)
  stranger.destroy()
})

test('a byte too many behind a call: that is carried out and answered, and the connection ends', async () => {
  const before = seen.calls.length
  const socket = connect(port(), '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
  socket.write(`${START}Content-Length: 2\r\n\r\n{}x`)
  await once(socket, 'close')
  assert.match(received, /^HTTP\/1\.1 200 OK\r\n(.+\r\n)*Connection: close\r\n/i)
  assert.equal(seen.calls.length, before + 1)
})

test('a body beyond the limit is refused by both sides, announced or not', async () => {
  const wire = transport.connect({ ...tools, address: server.address })
  const client = createClient(probe, wire)
  const tooLarge = (error: unknown) => isError(error, meshErrors.MESSAGE_TOO_LARGE)
  await assert.rejects(client.echo({ data: 'x'.repeat(MAX_BODY_BYTES) }), tooLarge)
  assert.deepEqual(await client.echo({ data: 1 }), { data: 1 }, 'the wire goes on')
  const text = JSON.stringify({ data: 'x'.repeat(MAX_BODY_BYTES) })
  const chunked = await curl(
    'probe.echo',
    '-H',
    `authorization: Bearer ${token}`,
    '-H',
    'transfer-encoding: chunked',
    '-d',
    text,
  )
  assert.deepEqual([chunked.status, chunked.body.code], [413, meshErrors.MESSAGE_TOO_LARGE.code])
  const careful = createHttpTransport({ maxBodyBytes: 100 }).connect({ ...tools, address: server.address })
  await assert.rejects(createClient(probe, careful).echo({ data: 'x'.repeat(200) }), tooLarge)
  await wire.stop()
  await careful.stop()
})

test('a text is handed on unparsed beside the fields of the path, and no field may be given by both', async () => {
  const wire = transport.connect({ ...tools, address: server.address })
  const call = { key: null, deadlineAtMs: systemClock.monotonicMs() + 5_000, signal: new AbortController().signal }
  const more = {
    principal: { kind: 'anonymous' },
    requestId: 'r',
    traceParent: null,
    saga: null,
    waitMs: 0,
    ifMatch: null,
  } as const
  const fields = { data: 'ü from the path' }
  const reply = await wire.callEncoded!('probe.echo', { fields, body: Buffer.from('{ }') }, { ...call, ...more })
  assert.equal(Buffer.from(reply.data).toString(), '{"data":"ü from the path"}')
  const twice = { fields, body: Buffer.from('{"data": "from the body"}') }
  await assert.rejects(wire.callEncoded!('probe.echo', twice, { ...call, ...more }), {
    code: coreErrors.INVALID_INPUT.code,
  })
  const bare = await wire.callEncoded!('probe.echo', { fields: { data: 1 }, body: null }, { ...call, ...more })
  assert.equal(Buffer.from(bare.data).toString(), '{"data":1}')
  await wire.stop()
})

test('a stop lets calls finish, refuses new ones, cancels what takes too long, and may come twice', async () => {
  const own = createProbeEndpoint(systemClock)
  const draining = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [own.endpoint] })
  const wire = transport.connect({ ...tools, address: draining.address })
  const client = createClient(probe, wire)
  await client.note({})
  await wire.probe(new AbortController().signal)
  assert.equal(wire.state, 'ready')
  const hanging = client.hang({}).then(
    () => null,
    (error: unknown) => error,
  )
  await until(() => own.hanging === 1, 'a call is under way')
  const stopped = draining.stop(300)
  const refused = await client.note({}).then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isError(refused, meshErrors.UNREACHABLE), String(refused))
  await Promise.all([stopped, draining.stop()])
  assert.ok(isError(await hanging, coreErrors.CANCELLED))
  assert.equal(own.aborted, 1)
  assert.notEqual(wire.state, 'ready')
  await wire.stop()
  await wire.stop()
})

test('an address that is taken, and one that is none, are named', async () => {
  const taken = transport.serve({ ...tools, address: server.address, endpoints: [] })
  await assert.rejects(taken, (error) => isError(error, meshErrors.CANNOT_LISTEN))
  for (const address of ['http://127.0.0.1:1', 'tcp://127.0.0.1', 'tcp://127.0.0.1:70000', 'unix://relative']) {
    await assert.rejects(transport.serve({ ...tools, address, endpoints: [] }), /must be tcp:\/\/host:port/)
  }
  assert.throws(() => createHttpTransport({ maxBodyBytes: 0 }), /maxBodyBytes/)
})
