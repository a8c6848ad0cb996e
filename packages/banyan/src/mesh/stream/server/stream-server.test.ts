import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { createCall } from '../../../contract/index.ts'
import { isError, systemClock } from '../../../core/index.ts'
import { createLogger } from '../../../observe/index.ts'
import { createProbeEndpoint } from '../../../testing/index.ts'
import { meshErrors } from '../../mesh-errors.ts'
import { until, wireTools } from '../../wire.fixture.ts'
import { createStreamTransport } from '../stream-transport.ts'

test('a server holds no more callers than its bound, says so once, and has room again when they go', async () => {
  const lines: string[] = []
  const logger = createLogger({ destination: { write: (line) => void lines.push(line) } })
  const transport = createStreamTransport({ maxConnections: 3, connections: 1, connectTimeoutMs: 2_000 })
  const { endpoint } = createProbeEndpoint(systemClock)
  const address = 'tcp://127.0.0.1:0'
  await using server = await transport.serve({ ...wireTools(['probe']), logger, address, endpoints: [endpoint] })
  const port = Number(server.address.split(':').at(-1))
  const silent = await Promise.all(Array.from({ length: 3 }, () => open(port)))
  const refused = [await open(port), await open(port)]
  await until(() => refused.every(({ destroyed }) => destroyed), 'those beyond the bound are closed')
  assert.ok(silent.every(({ destroyed }) => !destroyed))
  const ask = async () => {
    const wire = transport.connect({ ...wireTools(['orders']), address: server.address })
    try {
      return (await wire.call('probe.echo', { data: 1 }, createCall({ timeoutMs: 1_000 }))).data
    } finally {
      await wire.stop()
    }
  }
  await assert.rejects(ask(), (error) => isError(error, meshErrors.UNREACHABLE))
  assert.equal(lines.filter((line) => line.includes('maxConnections')).length, 1)
  for (const socket of silent) socket.destroy()
  // The server hears of it a moment later.
  const endMs = systemClock.monotonicMs() + 5_000
  const askUntil = (): Promise<unknown> =>
    ask().catch((error: unknown) => (systemClock.monotonicMs() < endMs ? askUntil() : Promise.reject(error)))
  assert.deepEqual(await askUntil(), { data: 1 })
})

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' }).resume()
  socket.on('error', () => undefined) // closed by the server
  await once(socket, 'connect')
  return socket
}
