import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { createProbeEndpoint } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { frameKinds } from './frame/frame.ts'
import { createStreamTransport } from './stream-transport.ts'

test('a stranger that pings and does not read is not read from', async () => {
  const transport = createStreamTransport({ maxQueuedBytes: 200_000 })
  const place = { address: 'tcp://127.0.0.1:0', endpoints: [createProbeEndpoint(systemClock).endpoint] }
  await using server = await transport.serve({ ...wireTools(['probe']), ...place })
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1').pause()
  socket.on('error', () => null)
  const ping = Buffer.alloc(9)
  ping.writeUInt32BE(5)
  ping[4] = frameKinds.ping
  const pings = Buffer.concat(Array.from({ length: 7_000 }, () => ping))
  let isStuck = false
  while (!isStuck && socket.bytesWritten < 100_000_000) {
    if (socket.write(pings)) continue
    const drained = once(socket, 'drain').then(() => true)
    isStuck = !(await Promise.race([drained, systemClock.sleep(1_000).then(() => false)]))
  }
  assert.ok(isStuck, `${socket.bytesWritten} bytes were taken`)
  socket.destroy()
})
