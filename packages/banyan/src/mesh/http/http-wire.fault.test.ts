import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createClient } from '../../contract/index.ts'
import { coreErrors, isError, systemClock, type BanyanError } from '../../core/index.ts'
import { createProbeEndpoint, probe } from '../../testing/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import { until, wireTools } from '../wire.fixture.ts'
import { createHttpTransport } from './http-transport.ts'

const tools = wireTools(['orders'])
const transport = createHttpTransport({ contracts: [probe], connectTimeoutMs: 500 })
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull'

/** A server of raw sockets: `answer` gets each request with its number on its connection, from 1. */
async function rawServer(t: TestContext, answer: (socket: Socket, number: number) => void) {
  const server: Server = createServer((socket) => {
    let requests = 0
    socket.on('data', () => answer(socket, ++requests))
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  const wire = transport.connect({ ...tools, address })
  const stop = async () => {
    await wire.stop()
    server.close()
  }
  t.after(stop)
  return { wire, client: createClient(probe, wire), stop }
}

async function failureOf(call: Promise<unknown>): Promise<BanyanError> {
  return await call.then(
    (data) => assert.fail(`expected a failure, got ${JSON.stringify(data)}`),
    (error: unknown) => error as BanyanError,
  )
}

test('a kept connection that dies under a query: asked again on a fresh one, once', async (t) => {
  let requests = 0
  const { client } = await rawServer(t, (socket, number) => {
    requests++
    if (number === 1) socket.write(OK)
    else socket.destroy() // as a service does that closes at the moment the next request comes
  })
  await client.note({})
  assert.equal(await client.failingQuery({}), null)
  assert.equal(requests, 3)
})

test('a kept connection that dies under a command: never sent again here; the caller is told what is not known', async (t) => {
  let requests = 0
  const { client } = await rawServer(t, (socket, number) => {
    requests++
    if (number === 1) socket.write(OK)
    else socket.destroy()
  })
  await client.note({})
  const error = await failureOf(client.note({}))
  assert.ok(isError(error, meshErrors.CONNECTION_LOST), String(error))
  assert.deepEqual([error.effect, error.retry], ['unknown', 'same-key'])
  assert.equal(requests, 2)
})

test('a fresh connection that dies is not tried again, even for a query', async (t) => {
  let requests = 0
  const { client } = await rawServer(t, (socket) => {
    requests++
    socket.destroy()
  })
  assert.ok(isError(await failureOf(client.failingQuery({})), meshErrors.CONNECTION_LOST))
  assert.equal(requests, 1)
})

test('an answer that ends in its middle is a lost connection, not half an answer', async (t) => {
  const { client } = await rawServer(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"da'))
  assert.ok(isError(await failureOf(client.note({})), meshErrors.CONNECTION_LOST))
})

test('an answer that is no HTTP, or not ours, says nothing of the effect', async (t) => {
  const { client } = await rawServer(t, (socket) => socket.end('HELLO\r\n\r\n'))
  const noHttp = await failureOf(client.note({}))
  assert.deepEqual([noHttp.code, noHttp.effect], [meshErrors.CONNECTION_LOST.code, 'unknown'])
  const switched = await rawServer(t, (socket) =>
    socket.end('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  )
  assert.ok(isError(await failureOf(switched.client.note({}, { timeoutMs: 3_000 })), meshErrors.CONNECTION_LOST))
  const proxy = await rawServer(t, (socket) => socket.end('HTTP/1.1 502 Bad\r\ncontent-length: 6\r\n\r\n<html>'))
  const foreign = await failureOf(proxy.client.note({}))
  assert.deepEqual([foreign.code, foreign.effect], [coreErrors.UNAVAILABLE.code, 'unknown'])
  const garbled = await rawServer(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>'))
  assert.ok(isError(await failureOf(garbled.client.note({})), coreErrors.INTERNAL))
})

test('an answer that is too large: a success tells that the command was carried out, anything else tells nothing', async (t) => {
  const MAX_BYTES = 1_000
  const answering = async (status: string) => {
    const head = `HTTP/1.1 ${status}\r\ncontent-length: ${MAX_BYTES + 1}\r\n\r\n`
    const { wire } = await rawServer(t, (socket) => socket.end(head + 'x'.repeat(MAX_BYTES + 1)))
    const careful = createHttpTransport({ contracts: [probe], maxBodyBytes: MAX_BYTES }).connect({
      ...tools,
      address: wire.address,
    })
    t.after(() => careful.stop())
    return createClient(probe, careful)
  }
  const { code: TOO_LARGE } = meshErrors.MESSAGE_TOO_LARGE
  const [well, badly] = [await answering('200 OK'), await answering('500 Oops')]
  const carriedOut = await failureOf(well.note({}))
  assert.deepEqual([carriedOut.code, carriedOut.effect, carriedOut.retry], [TOO_LARGE, 'applied', 'never'])
  const unclear = await failureOf(badly.note({}))
  assert.deepEqual([unclear.code, unclear.effect], [meshErrors.CONNECTION_LOST.code, 'unknown'])
  const query = await failureOf(well.failingQuery({}))
  assert.deepEqual([query.code, query.effect], [TOO_LARGE, 'not-applied'])
})

test('a process that is not there was certainly not reached, and is found again when it is', async (t) => {
  const held = await rawServer(t, () => undefined)
  const { address } = held.wire
  await held.stop()
  const wire = transport.connect({ ...tools, address })
  t.after(() => wire.stop())
  const client = createClient(probe, wire)
  assert.equal(wire.state, 'idle')
  const error = await failureOf(client.note({}))
  assert.ok(isError(error, meshErrors.UNREACHABLE), String(error))
  assert.deepEqual([error.effect, error.retry, wire.state], ['not-applied', 'safe', 'unreachable'])
  await assert.rejects(wire.probe(new AbortController().signal))
  const seen = createProbeEndpoint(systemClock)
  await using _server = await transport.serve({ ...tools, address, endpoints: [seen.endpoint] })
  await until(() => wire.state === 'ready', 'the wire has found the process again')
  assert.equal(await client.note({}), null)
})

test('more calls at once than connections are refused before anything is sent', async (t) => {
  const seen = createProbeEndpoint(systemClock)
  await using server = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] })
  const wire = createHttpTransport({ maxConnections: 2 }).connect({ ...tools, address: server.address })
  t.after(() => wire.stop())
  const client = createClient(probe, wire)
  const hanging = [1, 2].map(() => failureOf(client.hang({}, { timeoutMs: 1_000 })))
  await until(() => seen.hanging === 2, 'both connections are in use')
  const refused = await failureOf(client.note({}))
  assert.deepEqual([refused.code, refused.retry], [coreErrors.OVERLOADED.code, 'safe'])
  await wire.stop()
  for (const error of await Promise.all(hanging)) assert.ok(isError(error, meshErrors.CONNECTION_LOST))
})
