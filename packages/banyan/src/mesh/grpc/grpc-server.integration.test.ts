import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { anyone, createClient, defineCommand, defineContract, emptyProtoLock, reply } from '../../contract/index.ts'
import { coreErrors, isError, systemClock, Type, type ErrorFactory } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { createProbeEndpoint, probe } from '../../testing/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import { createServiceEndpoint } from '../service-endpoint.ts'
import { until, wireTools } from '../wire.fixture.ts'
import { createGrpcTransport, type GrpcTransportOptions } from './grpc-transport.ts'

const tools = wireTools(['orders'])
const transportOf = (options: Partial<GrpcTransportOptions> = {}) =>
  createGrpcTransport({ contracts: [probe], lock: emptyProtoLock('test'), ...options })
const anywhere = 'tcp://127.0.0.1:0'
const is = (factory: ErrorFactory) => (error: unknown) => isError(error, factory)
const TOO_LARGE = meshErrors.MESSAGE_TOO_LARGE.code
const never = new AbortController().signal

test('a message beyond the limit is refused before it is sent, when it comes, and as an answer', async () => {
  const seen = createProbeEndpoint(systemClock)
  const large = { data: 'x'.repeat(5_000) }
  await using server = await transportOf({ maxMessageBytes: 2_000 }).serve({
    ...tools,
    address: anywhere,
    endpoints: [seen.endpoint],
  })
  for (const maxMessageBytes of [2_000, 100_000]) {
    const wire = transportOf({ maxMessageBytes }).connect({ ...tools, address: server.address })
    await assert.rejects(createClient(probe, wire).echo(large), { code: TOO_LARGE, effect: 'not-applied' })
    await wire.stop()
  }
  await using open = await transportOf().serve({ ...tools, address: anywhere, endpoints: [seen.endpoint] })
  const careful = transportOf({ maxMessageBytes: 5_020 }).connect({ ...tools, address: open.address })
  const client = createClient(probe, careful)
  await assert.rejects(client.answer({ versions: 'x'.repeat(5_030), changedAt: null, replayed: false, pending: false }))
  assert.deepEqual(await client.echo({ data: 1 }), { data: 1 }, 'the wire goes on')
  await careful.stop()
})

test("an answer beyond the service's or the caller's limit is refused; the command has been carried out", async () => {
  const echoLong = defineCommand({
    summary: 'Answers more than it was sent.',
    input: Type.Object({}),
    output: Type.Object({ text: Type.String() }),
    access: anyone,
    http: 'POST /long',
  })
  const contract = defineContract({ name: 'long', operations: { echoLong } })
  const operations = { echoLong: () => Promise.resolve(reply({ text: 'x'.repeat(3_000) })) }
  const endpoint = createServiceEndpoint({ contract, clock: systemClock, logger: silentLogger, operations })
  const transport = (maxMessageBytes: number) => transportOf({ contracts: [contract], maxMessageBytes })
  for (const [served, called] of [
    [2_000, 2_000],
    [4_000, 2_000],
  ] as const) {
    await using server = await transport(served).serve({ ...tools, address: anywhere, endpoints: [endpoint] })
    const wire = transport(called).connect({ ...tools, address: server.address })
    await assert.rejects(createClient(contract, wire).echoLong({}), { code: TOO_LARGE, effect: 'applied' })
    await wire.stop()
  }
})

test('a stop lets calls finish, takes no new ones, cancels what takes too long, and may come twice', async () => {
  const seen = createProbeEndpoint(systemClock)
  const transport = transportOf()
  const server = await transport.serve({ ...tools, address: anywhere, endpoints: [seen.endpoint] })
  const wire = transport.connect({ ...tools, address: server.address })
  const client = createClient(probe, wire)
  assert.equal(wire.state, 'idle')
  await wire.probe(never)
  assert.equal(wire.state, 'ready')
  const hanging = assert.rejects(client.hang({}), is(coreErrors.CANCELLED))
  await until(() => seen.hanging === 1, 'a call is under way')
  const stopped = server.stop(300)
  await assert.rejects(client.note({}, { timeoutMs: 2_000 }), is(meshErrors.UNREACHABLE))
  await assert.rejects(wire.probe(never), is(meshErrors.UNREACHABLE))
  await Promise.all([stopped, server.stop(), hanging])
  assert.equal(seen.aborted, 1)
  await wire.stop()
  await wire.stop()
})

test('a process that is not there was certainly not reached; one that dies in a call says nothing of its effect', async () => {
  const transport = transportOf()
  const seen = createProbeEndpoint(systemClock)
  const server = await transport.serve({ ...tools, address: anywhere, endpoints: [seen.endpoint] })
  const wire = transport.connect({ ...tools, address: server.address })
  const client = createClient(probe, wire)
  const lost = assert.rejects(client.hang({}), is(meshErrors.CONNECTION_LOST))
  await until(() => seen.hanging === 1, 'a call is under way')
  await wire.stop()
  await lost
  await server.stop(0)
  const late = transport.connect({ ...tools, address: server.address })
  await assert.rejects(createClient(probe, late).note({}), is(meshErrors.UNREACHABLE))
  assert.equal(late.state, 'unreachable')
  await using _again = await transport.serve({ ...tools, address: server.address, endpoints: [seen.endpoint] })
  await until(() => late.state !== 'unreachable', 'the wire has found the process again')
  assert.equal(await createClient(probe, late).note({}), null)
  await late.stop()
})

test('over a unix socket; and an address that is taken is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-grpc-'))
  const seen = createProbeEndpoint(systemClock)
  const transport = transportOf()
  const server = await transport.serve({ ...tools, address: `unix://${folder}/probe.sock`, endpoints: [seen.endpoint] })
  const wire = transport.connect({ ...tools, address: server.address })
  assert.equal(await createClient(probe, wire).note({}), null)
  await wire.stop()
  await server.stop()
  await rm(folder, { recursive: true })
  await using taken = await transport.serve({ ...tools, address: anywhere, endpoints: [] })
  await assert.rejects(
    transport.serve({ ...tools, address: taken.address, endpoints: [] }),
    is(meshErrors.CANNOT_LISTEN),
  )
})

test('a caller of another secret is refused', async () => {
  const seen = createProbeEndpoint(systemClock)
  const transport = transportOf()
  await using server = await transport.serve({ ...tools, address: anywhere, endpoints: [seen.endpoint] })
  const stranger = wireTools(['orders'], { secret: Buffer.alloc(32, 9) })
  const wire = transport.connect({ ...stranger, address: server.address })
  await assert.rejects(createClient(probe, wire).note({}), is(meshErrors.UNTRUSTED_CALLER))
  await wire.stop()
})
