import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { test } from 'node:test'
import { createClient, createProtoFiles, emptyProtoLock } from '../../contract/index.ts'
import { coreErrors, systemClock } from '../../core/index.ts'
import { createProbeEndpoint, probe } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { createGrpcOperations } from './grpc-operations.ts'
import { createGrpcTransport } from './grpc-transport.ts'

const lock = emptyProtoLock('test')
const NOTE = createGrpcOperations([probe], createProtoFiles([probe], lock).files).get('probe.note')!.path
const tools = wireTools(['orders'])
const proof = `Bearer ${tools.credentials.issue('probe')}`

test('metadata that cannot be read is refused by name where it is asked for, and stands in no output', async (t) => {
  const printed = t.mock.method(console, 'error', () => null)
  const transport = createGrpcTransport({ contracts: [probe], lock })
  const seen = createProbeEndpoint(systemClock)
  await using server = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] })
  const session = connect(server.address.replace('tcp', 'http'))
  session.on('error', () => null) // the server stops first
  t.after(() => session.destroy())

  const good = { authorization: proof, 'idempotency-key': 'k1' }
  assert.deepEqual(codeOf(await note(session, good)), { grpc: '0', code: undefined })
  for (const name of ['idempotency-key', 'banyan-saga', 'authorization']) {
    const answer = await note(session, { ...good, [name]: 'secret-ü' })
    assert.deepEqual(codeOf(answer), { grpc: '3', code: coreErrors.INVALID_INPUT.code }, name)
    assert.equal(answer['banyan-effect'], 'not-applied')
  }
  // Both in one turn: each bears its own.
  const pair = await Promise.all([
    note(session, { ...good, 'idempotency-key': 'ü' }),
    note(session, { ...good, 'idempotency-key': 'k2' }),
  ])
  assert.deepEqual(
    pair.map((answer) => codeOf(answer).grpc),
    ['3', '0'],
  )
  assert.equal(codeOf(await note(session, { ...good, 'user-name': 'Jürgen' })).grpc, '0', 'of no concern here')
  assert.deepEqual(
    seen.calls.map(({ key }) => key),
    ['k1', 'k2', 'k1'],
  )
  assert.equal(printed.mock.callCount(), 0)

  const wire = transport.connect({ ...tools, address: server.address })
  assert.deepEqual(await createClient(probe, wire).echo({ data: 1 }), { data: 1 })
  await wire.stop()
})

/** Calls `probe.note` as a client that writes its headers itself; gives what ended the answer. */
async function note(session: ClientHttp2Session, metadata: IncomingHttpHeaders): Promise<IncomingHttpHeaders> {
  const head = { ':method': 'POST', ':path': NOTE, 'content-type': 'application/grpc', te: 'trailers' }
  const stream = session.request({ ...head, ...metadata })
  let last: IncomingHttpHeaders = {}
  stream.on('response', (headers) => (last = headers))
  stream.on('trailers', (headers) => (last = headers))
  stream.resume().end(Buffer.alloc(5)) // one message of no bytes, not compressed
  await once(stream, 'close')
  return last
}

function codeOf(headers: IncomingHttpHeaders) {
  return { grpc: headers['grpc-status'], code: headers['banyan-code'] }
}
