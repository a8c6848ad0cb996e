import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import { createCall, createClient, serviceCall, type Call } from '../../contract/index.ts'
import { coreErrors, isDeclared, isError, systemClock, type BanyanError, type ErrorFactory } from '../../core/index.ts'
import { createLogger } from '../../observe/index.ts'
import { createProbeEndpoint, probe } from '../../testing/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { InstanceWire, WireServer } from '../transport.ts'
import { until, wireTools } from '../wire.fixture.ts'
import { frameKinds, HEAD_BYTES } from './frame/frame.ts'
import { createStreamTransport, type StreamTransportOptions } from './stream-transport.ts'

const ANY_PORT = 'tcp://127.0.0.1:0'
const user = { kind: 'user', id: '1', role: 'customer', scopes: null, sessionId: null } as const
const ends: (() => Promise<unknown>)[] = []
after(async () => void (await Promise.all(ends.map((end) => end()))))

const call = (more: Partial<Call> = {}) => ({ ...createCall({ timeoutMs: 5_000 }), ...more })

/** A probe that is served, and what its server logs. */
async function serve(options: StreamTransportOptions = {}, address = ANY_PORT) {
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const seen = createProbeEndpoint(systemClock)
  const transport = createStreamTransport(options)
  const server = await transport.serve({ ...wireTools(['probe']), logger, address, endpoints: [seen.endpoint] })
  ends.push(() => server.stop(0))
  return { seen, server, lines }
}

function reach(address: string, options: StreamTransportOptions = {}, tools = wireTools(['orders'])): InstanceWire {
  const wire = createStreamTransport({ connections: 1, ...options }).connect({ ...tools, address })
  ends.push(() => wire.stop())
  return wire
}

async function refusal(pending: Promise<unknown>, factory: ErrorFactory): Promise<BanyanError> {
  const answer = await pending.then(
    (data) => assert.fail(`answered ${JSON.stringify(data)}`),
    (error: unknown) => error,
  )
  assert.ok(isError(answer, factory), String(answer))
  return answer as BanyanError
}

/** A server of our own making, which says what it likes. */
async function fake(
  onSocket: (socket: Socket) => void,
): Promise<{ address: string; server: Server; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onSocket(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, server, sockets }
}

/** A relay that can be cut or fall silent. */
async function relay(target: WireServer) {
  const pairs: Socket[] = []
  const { address } = await fake((near) => {
    const far = connect(Number(target.address.split(':').at(-1)), '127.0.0.1')
    far.on('error', () => undefined)
    near.pipe(far).pipe(near)
    pairs.push(near, far)
  })
  return {
    address,
    /** Bytes that each caller's connection has brought. */
    received: () => pairs.filter((_, index) => index % 2 === 0).map((near) => near.bytesRead),
    cut: () => pairs.splice(0).forEach((socket) => socket.destroy()),
    fallSilent: () => pairs.forEach((socket) => socket.unpipe().pause()),
  }
}

function frame(kind: number, text: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(1 + Buffer.byteLength(text))
  head[4] = kind
  return Buffer.concat([head, Buffer.from(text)])
}

describe('a connection that is lost', () => {
  test('a command that was sent may have been carried out; a query has changed nothing', async () => {
    const { server, seen } = await serve()
    const { address, cut } = await relay(server)
    const wire = reach(address)
    const command = refusal(wire.call('probe.hang', {}, call()), meshErrors.CONNECTION_LOST)
    await until(() => seen.hanging === 1, 'the command has begun')
    cut()
    const lost = await command
    assert.deepEqual([lost.effect, lost.retry], ['unknown', 'same-key'])
    await until(() => seen.aborted === 1, 'the service hears of it')
    assert.deepEqual((await wire.call('probe.echo', { data: 1 }, call())).data, { data: 1 }, 'it connects again')
  })

  test('what never left was certainly not carried out', async () => {
    const { server, sockets, address } = await fake(() => undefined)
    const wire = reach(address, { connectTimeoutMs: 5_000 })
    const waiting = refusal(wire.call('probe.note', {}, call()), meshErrors.UNREACHABLE)
    await until(() => sockets.size === 1, 'it has connected')
    server.close()
    for (const socket of sockets) socket.destroy()
    const error = await waiting
    assert.deepEqual([error.effect, error.retry], ['not-applied', 'safe'])
    assert.equal(wire.state, 'unreachable')
    await refusal(wire.probe(AbortSignal.timeout(1_000)), meshErrors.UNREACHABLE)
  })

  test('a deadline ends a call that waits for a connection, and nothing was done', async () => {
    const { address } = await fake(() => undefined)
    const wire = reach(address)
    const pending = wire.call('probe.note', {}, createCall({ timeoutMs: 40 }))
    const error = await refusal(pending, coreErrors.DEADLINE_EXCEEDED)
    assert.deepEqual([error.effect, error.retry], ['not-applied', 'safe'])
  })

  test('a peer that says nothing any more is found by both sides', async () => {
    const quick = { pingEveryMs: 20, maxSilentPings: 2 }
    const { server, seen, lines } = await serve(quick)
    const { address, fallSilent } = await relay(server)
    const wire = reach(address, quick)
    const command = refusal(wire.call('probe.hang', {}, call()), meshErrors.CONNECTION_LOST)
    await until(() => seen.hanging === 1, 'the command has begun')
    await systemClock.sleep(150)
    assert.equal(seen.hanging, 1, 'as long as pings are answered nothing happens')
    fallSilent()
    await command
    await until(
      () => seen.aborted === 1 && lines.some((line) => line.includes('silent') && line.includes('debug')),
      'the service has noticed too',
    )
  })
})

describe('what makes no sense', () => {
  const nonsense = [
    'GET / HTTP/1.1\r\n\r\n',
    '\0\0\0\0',
    '\0\0\0\u0003\u0005ab',
    '\u007f\u007f\u007f\u007f',
    frame(frameKinds.hello, '{}'),
  ]
  for (const bytes of nonsense) {
    test(`${JSON.stringify(bytes.toString())} ends its connection with a reason in the log; others are served`, async () => {
      const { server, lines } = await serve()
      const socket = connect(Number(server.address.split(':').at(-1)), '127.0.0.1')
      socket.on('error', () => undefined).resume()
      socket.write(bytes, 'latin1' as never)
      await once(socket, 'close')
      await until(() => lines.some((line) => line.includes('MalformedFrame')), 'it is logged')
      assert.deepEqual((await reach(server.address).call('probe.echo', { data: 1 }, call())).data, { data: 1 })
    })
  }

  test('who says no hello is not waited for', async () => {
    const { server } = await serve({ connectTimeoutMs: 30 })
    const socket = connect(Number(server.address.split(':').at(-1)), '127.0.0.1').resume()
    await once(socket, 'close')
  })

  test('a service that is none is not called', async () => {
    for (const bytes of [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      frame(frameKinds.answer, 'x'),
      frame(frameKinds.greeting, '{}'),
    ]) {
      const { address } = await fake((socket) => socket.resume().write(bytes))
      await refusal(reach(address).call('probe.note', {}, call()), meshErrors.UNREACHABLE)
    }
  })
})

describe('who may call', () => {
  test('a caller of another secret is told, and nothing of it runs', async () => {
    const { server, seen } = await serve()
    const stranger = wireTools(['orders'], { secret: Buffer.alloc(32, 8) })
    const error = await refusal(
      reach(server.address, {}, stranger).call('probe.note', {}, call()),
      meshErrors.UNTRUSTED_CALLER,
    )
    assert.equal(error.effect, 'not-applied')
    assert.equal(seen.calls.length, 0)
  })

  test('a process calls in its own names only, and hands on users only if it may', async () => {
    const { server, seen } = await serve()
    const as = (wire: InstanceWire, principal: Call['principal']) => wire.call('probe.note', {}, call({ principal }))
    const orders = reach(server.address)
    await as(orders, { kind: 'service', name: 'orders' })
    await as(orders, user)
    await refusal(as(orders, { kind: 'service', name: 'gateway' }), meshErrors.UNTRUSTED_CALLER)
    const foreign = reach(server.address, {}, wireTools(['erp'], { onBehalf: false }))
    await as(foreign, { kind: 'service', name: 'erp' })
    await refusal(as(foreign, user), meshErrors.UNTRUSTED_CALLER)
    assert.equal(seen.calls.length, 3)
  })

  test('a token is renewed before it ends, and one that is none puts out', async () => {
    const tools = wireTools(['orders'])
    const { server, lines } = await serve()
    const tokens = [
      tools.credentials.issue('probe'),
      wireTools(['orders'], { lifeMs: 200_000 }).credentials.issue('probe'),
      'forged',
    ]
    const credentials = { ...tools.credentials, issue: () => (tokens.length > 1 ? tokens.shift()! : tokens[0]!) }
    const wire = reach(server.address, { pingEveryMs: 30 }, { ...tools, credentials })
    await wire.call('probe.note', {}, call())
    await until(() => lines.some((line) => line.includes('UNTRUSTED_CALLER')), 'the forged one was shown')
  })

  test('versions that do not meet are both named, on whichever side it shows', async () => {
    const greeting = JSON.stringify({ protocol: { min: 5, max: 6 }, names: ['probe'], release: '9.0.0' })
    const { address } = await fake((socket) => socket.resume().write(frame(frameKinds.greeting, greeting)))
    const error = await refusal(reach(address).call('probe.note', {}, call()), meshErrors.INCOMPATIBLE_PROTOCOL)
    assert.match(error.message, /orders \(release unknown\) speaks 1, probe \(release 9\.0\.0\) speaks 5 to 6/)

    const { server } = await serve({ release: '1.2.3' })
    const socket = connect(Number(server.address.split(':').at(-1)), '127.0.0.1')
    const hello = {
      protocol: 7,
      range: { min: 7, max: 7 },
      names: ['orders'],
      release: '1.9.0',
      token: 't',
      maxFrameBytes: 4_096,
    }
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.write(frame(frameKinds.hello, JSON.stringify(hello)))
    await once(socket, 'close')
    assert.match(text, /orders \(release 1\.9\.0\) speaks 7, probe \(release 1\.2\.3\) speaks 1/)
  })
})

describe('limits', () => {
  test('more calls than a connection may hold are refused, safe to repeat', async () => {
    const { server, seen } = await serve({ maxInFlight: 3 })
    const wire = reach(server.address)
    const abort = new AbortController()
    await wire.call('probe.note', {}, call())
    const running = Array.from({ length: 3 }, () => wire.call('probe.hang', {}, call({ signal: abort.signal })))
    const full = await refusal(wire.call('probe.note', {}, call()), coreErrors.OVERLOADED)
    assert.deepEqual([full.effect, full.retry], ['not-applied', 'safe'])
    await until(() => seen.hanging === 3, 'all run')
    abort.abort()
    await Promise.allSettled(running)
    await until(() => seen.endpoint.inFlight() === 0, 'the service has noticed')
    await wire.probe(AbortSignal.timeout(5_000)) // its answer comes behind those to what was given up
    await wire.call('probe.note', {}, call())
  })

  test('calls of one turn leave over one connection, those of the next over the other', async () => {
    const { server, seen } = await serve()
    const { address, received } = await relay(server)
    const wire = reach(address, { connections: 2 })
    await wire.call('probe.note', {}, call())
    await until(() => received().length === 2, 'both have connected')
    await wire.call('probe.note', {}, call())
    const changed = async (turn: number) => {
      const before = received()
      for (let n = 0; n < 10; n++) void wire.call('probe.hang', {}, call()).catch(() => undefined)
      await until(() => seen.hanging === 10 * turn, 'all have arrived')
      return received().map((bytes, index) => bytes > before[index]!)
    }
    const [first, second] = [await changed(1), await changed(2)]
    assert.equal(first.filter(Boolean).length, 1)
    assert.deepEqual(
      second,
      first.map((one) => !one),
    )
  })

  test('a service that does not read is not sent ever more', async () => {
    const greeting = JSON.stringify({ protocol: { min: 1, max: 1 }, names: ['probe'], release: '1' })
    const operations = [{ id: 'probe.echo', kind: 'command' }]
    const welcome = JSON.stringify({ operations, maxFrameBytes: 1_000_000, maxInFlight: 100_000 })
    const { address } = await fake((socket) => {
      socket.write(frame(frameKinds.greeting, greeting))
      socket.once('data', () => socket.pause().write(frame(frameKinds.welcome, welcome)))
    })
    const wire = reach(address, { maxQueuedBytes: 1_000_000 })
    const data = 'x'.repeat(100_000)
    const codes: string[] = []
    const note = (error: unknown) => void (isDeclared(error) && codes.push(error.code))
    for (let turn = 0; turn < 30; turn++) {
      for (let n = 0; n < 10; n++) void wire.call('probe.echo', { data }, call()).catch(note)
      await new Promise(setImmediate)
      await systemClock.sleep(1)
    }
    const refused = codes.filter((code) => code === coreErrors.OVERLOADED.code).length
    assert.ok(refused > 150, `refused ${refused} of 300`)
    await wire.stop()
    await until(() => codes.length === 300, 'the others have ended too')
  })

  test('a caller that does not read is not read from', async () => {
    const { server, seen } = await serve({ maxQueuedBytes: 200_000 })
    const held = await relayOnce(server)
    const wire = reach(held.address)
    await wire.call('probe.note', {}, call())
    held.socketOf().pause()
    const data = 'x'.repeat(50_000)
    const answers = Array.from({ length: 200 }, () =>
      wire.call('probe.echo', { data }, call({ deadlineAtMs: Infinity })),
    )
    await systemClock.sleep(200)
    held.socketOf().resume()
    for (const { data: answer } of await Promise.all(answers)) assert.deepEqual(answer, { data })
    assert.equal(seen.endpoint.inFlight(), 0)
  })
})

describe('a server that stops', () => {
  test('lets calls in hand finish, sends new ones elsewhere, and is found again under the same address', async () => {
    const first = await serve()
    const wire = reach(first.server.address)
    const abort = new AbortController()
    const running = wire.call('probe.hang', {}, call({ signal: abort.signal }))
    await until(() => first.seen.hanging === 1, 'a call runs')
    const stopped = first.server.stop()
    await until(() => wire.state === 'draining', 'the caller has heard')
    const error = await refusal(wire.call('probe.note', {}, call()), meshErrors.UNREACHABLE)
    assert.deepEqual([error.effect, error.retry], ['not-applied', 'safe'])
    abort.abort()
    await refusal(running, coreErrors.CANCELLED)
    await stopped
    await first.server.stop()

    const second = await serve({}, first.server.address)
    await until(() => wire.state !== 'draining', 'the connection is closed')
    await wire.call('probe.note', {}, call())
    assert.equal(second.seen.calls.length, 1)
  })

  test('cancels what does not finish in time', async () => {
    const { server, seen } = await serve()
    const running = refusal(reach(server.address).call('probe.hang', {}, call()), coreErrors.CANCELLED)
    await until(() => seen.hanging === 1, 'a call runs')
    await server.stop(20)
    await running
    assert.equal(seen.aborted, 1)
  })

  test('an address that is taken is named', async () => {
    const { server } = await serve()
    const error = await refusal(serve({}, server.address), meshErrors.CANNOT_LISTEN)
    assert.ok(error.message.includes(server.address))
  })
})

test('a wire that is stopped refuses, twice stopped is stopped', async () => {
  const { server } = await serve()
  const wire = reach(server.address)
  const client = createClient(probe, wire, serviceCall('orders'))
  await client.note({})
  await wire.stop()
  await wire.stop()
  await refusal(client.note({}), meshErrors.UNREACHABLE)
})

/** A relay for one connection, whose callers' side can be held up. */
async function relayOnce(target: WireServer): Promise<{ address: string; socketOf: () => Socket }> {
  let far: Socket | null = null
  const { address } = await fake((near) => {
    far = connect(Number(target.address.split(':').at(-1)), '127.0.0.1')
    far.on('data', (chunk) => near.write(chunk))
    near.pipe(far)
  })
  return { address, socketOf: () => far! }
}
