import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, credentials, Metadata, status as codes, type ServiceError } from '@grpc/grpc-js'
import { createClient, emptyProtoLock } from '../../contract/index.ts'
import { systemClock } from '../../core/index.ts'
import { createProbeEndpoint, probe } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { createGrpcTransport } from './grpc-transport.ts'

/** What the reader of messages says in words of its own: a varint that never ends, a wire type that there is not, a length beyond all. */
const MALFORMED = [
  Buffer.alloc(10, 0x80),
  Buffer.of(0x0f),
  Buffer.concat([Buffer.of(0x0a), Buffer.alloc(10, 0xff)]),
  Buffer.of(0x0a, 0x05, 0x41),
]
const METHODS = [
  '/grpc.health.v1.Health/Check',
  '/grpc.health.v1.Health/Watch',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
]

test('malformed messages are refused by whatever is served; the process goes on, and stops', async (t) => {
  const tools = wireTools(['orders'])
  const transport = createGrpcTransport({ contracts: [probe], lock: emptyProtoLock('test') })
  const seen = createProbeEndpoint(systemClock)
  await using server = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [seen.endpoint] })
  const raw = new Client(server.address.replace('tcp://', ''), credentials.createInsecure())
  t.after(() => raw.close())
  for (const path of METHODS) {
    for (const bytes of MALFORMED) {
      const error = await send(raw, path, bytes)
      assert.equal(error.code, codes.INTERNAL, `${path} ${bytes.toString('hex')}: ${error.message}`)
      assert.match(error.details, /deserializing request/)
    }
  }
  const wire = transport.connect({ ...tools, address: server.address })
  assert.deepEqual(await createClient(probe, wire).echo({ data: 1 }), { data: 1 })
  await wire.stop()
})

/** As a stream in both directions, which every method may be spoken to as. */
function send(client: Client, path: string, bytes: Buffer): Promise<ServiceError> {
  const same = (value: Buffer) => value
  const call = client.makeBidiStreamRequest(path, same, same, new Metadata(), { deadline: Date.now() + 5_000 })
  return new Promise((resolve, reject) => {
    call.on('error', resolve)
    call.on('data', (answer: Buffer) => reject(new Error(`${path} answers ${answer.toString('hex')}`)))
    call.end(bytes)
  })
}
