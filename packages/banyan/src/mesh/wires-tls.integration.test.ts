import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createClient, emptyProtoLock, serviceCall } from '../contract/index.ts'
import { isDeclared, isError, systemClock } from '../core/index.ts'
import { createLogger } from '../observe/index.ts'
import { createTestAuthority, createProbeEndpoint, probe } from '../testing/index.ts'
import { createGrpcTransport } from './grpc/grpc-transport.ts'
import { createHttpTransport } from './http/http-transport.ts'
import type { TlsMaterial } from './identity/credentials.ts'
import { meshErrors } from './mesh-errors.ts'
import { createStreamTransport } from './stream/stream-transport.ts'
import { wireTools } from './wire.fixture.ts'

const certify = createTestAuthority()
/** Nothing was carried out; a plain caller over HTTP has lost its connection and cannot know why. */
const REFUSALS: ReadonlySet<string> = new Set(
  [meshErrors.UNREACHABLE, meshErrors.UNTRUSTED_CALLER, meshErrors.CONNECTION_LOST].map(({ code }) => code),
)
/** What a caller is told of a service that is set otherwise; over plain HTTP, and by gRPC's library, it hears nothing but the end. */
const SAID: Readonly<Record<string, RegExp>> = {
  'a plain service': /it does not speak TLS/,
  'stream: a plain caller': /it may expect TLS/,
}
const LOGGED: Readonly<Record<string, RegExp>> = {
  'stream: a plain caller': /it does not speak TLS/,
  'http: a plain caller': /it does not speak TLS/,
  'stream: a plain service': /the peer speaks TLS/,
}
const service = wireTools(['probe'], { tls: certify('probe') })
const transports = [
  createStreamTransport({ pingEveryMs: 300 }),
  createHttpTransport({ contracts: [probe] }),
  createGrpcTransport({ contracts: [probe], lock: emptyProtoLock('test') }),
]

for (const transport of transports) {
  /** Calls as `orders` with this certificate. */
  async function call(address: string, tls: TlsMaterial | null): Promise<unknown> {
    const wire = transport.connect({ ...wireTools(['orders'], { tls }), address })
    const client = createClient(probe, wire, serviceCall('orders', { timeoutMs: 3_000 }))
    try {
      return await client.note({})
    } finally {
      await wire.stop()
    }
  }

  test(`${transport.name}: both sides show a certificate of one authority, each in its own name`, async () => {
    const seen = createProbeEndpoint(systemClock)
    const place = { address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] }
    await using server = await transport.serve({ ...service, ...place })
    assert.equal(await call(server.address, certify('orders')), null)
    assert.equal(seen.calls.length, 1)
    const refusals: readonly (readonly [string, TlsMaterial | null])[] = [
      ['in another name', certify('users')],
      ['of another authority', createTestAuthority()('orders')],
      ['none', null],
    ]
    for (const [what, tls] of refusals) await assert.rejects(call(server.address, tls), isDeclared, what)
    const wrongName = call(server.address, certify('users'))
    await assert.rejects(wrongName, (error) => isError(error, meshErrors.UNTRUSTED_CALLER))
    assert.equal(seen.calls.length, 1)
  })

  test(`${transport.name}: whatever is wrong with TLS is an error on both sides, at once, and the service says it once`, async () => {
    const faults: readonly (readonly [what: string, service: TlsMaterial | null, caller: TlsMaterial | null])[] = [
      ['a caller of another authority', certify('probe'), createTestAuthority()('orders')],
      ['a caller whose certificate has expired', certify('probe'), certify.expired('orders')],
      ['a service whose certificate has expired', certify.expired('probe'), certify('orders')],
      ['a caller in another name', certify('probe'), certify('users')],
      ['a plain caller', certify('probe'), null],
      ['a plain service', null, certify('orders')],
    ]
    for (const [what, tls, own] of faults) {
      const lines: string[] = []
      const logger = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
      const seen = createProbeEndpoint(systemClock)
      const place = { address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] }
      await using server = await transport.serve({ ...wireTools(['probe'], { tls }), ...place, logger })
      const beganAtMs = systemClock.monotonicMs()
      const error = await call(server.address, own).catch((reason: unknown) => reason)
      const tookMs = systemClock.monotonicMs() - beganAtMs
      assert.ok(isDeclared(error) && REFUSALS.has(error.code), `${what}: ${String(error)}`)
      assert.match(error.message, SAID[`${transport.name}: ${what}`] ?? SAID[what] ?? /./)
      assert.ok(tookMs < 2_900, `${what}: known only after ${tookMs} ms`)
      assert.equal(seen.calls.length, 0, what)
      await call(server.address, own).catch((reason: unknown) => reason)
      assert.match(lines.join(''), LOGGED[`${transport.name}: ${what}`] ?? /^/)
      const kinds = lines.map((line) => (JSON.parse(line) as { error: { code?: string } }).error.code)
      assert.equal(new Set(kinds).size, kinds.length, `${what}: ${lines.join('')}`)
      // gRPC's library keeps failed handshakes to itself, and who does not trust the service ends the handshake itself.
      const isTold = transport.name !== 'grpc' && tls !== null && what.includes('caller')
      if (isTold) assert.notEqual(kinds.length, 0, what)
    }
  })

  test(`${transport.name}: strangers that say nothing, or nonsense, and stay do not keep a service from stopping`, async () => {
    const place = { address: 'tcp://127.0.0.1:0', endpoints: [createProbeEndpoint(systemClock).endpoint] }
    const logger = createLogger({ level: 'silent' })
    const server = await transport.serve({ ...service, ...place, logger })
    const port = Number(new URL(server.address).port)
    const strangers = await Promise.all(
      ['', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01'].map(async (words) => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
        socket.on('error', () => null)
        await once(socket, 'connect')
        socket.write(words)
        return socket
      }),
    )
    await systemClock.sleep(50)
    const beganAtMs = systemClock.monotonicMs()
    await server.stop(500)
    const tookMs = systemClock.monotonicMs() - beganAtMs
    assert.ok(tookMs < 3_000, `stopped after ${tookMs} ms`)
    for (const socket of strangers) socket.destroy()
  })

  test(`${transport.name}: a process that cannot show the service's name is not called`, async () => {
    const seen = createProbeEndpoint(systemClock)
    const impostor = wireTools(['probe'], { tls: certify('users') })
    const place = { address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] }
    await using server = await transport.serve({ ...impostor, ...place })
    await assert.rejects(call(server.address, certify('orders')), (error) => isError(error, meshErrors.UNREACHABLE))
    assert.equal(seen.calls.length, 0)
  })
}
