import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { frameKinds, HEAD_BYTES } from './frame.ts'
import { FrameWriter } from './frame-writer.ts'

// A server that stops ends its side of a connection on which a ping or a call may still come.
test('a frame that is closed after the end of its side never leaves, counts as unsent and breaks nothing', async () => {
  const { near, far } = await socketPair()
  const errors: Error[] = []
  near.on('error', (error) => errors.push(error))
  let received = 0
  far.on('data', (chunk: Buffer) => (received += chunk.length))
  const writer = new FrameWriter(near)

  writer.close(frameKinds.goAway, writer.open(0))
  writer.flush()
  near.end()
  const { flushes } = writer
  writer.close(frameKinds.pong, writer.open(4) + 4)
  writer.open(100_000) // a page of its own
  writer.close(frameKinds.pong, writer.open(4) + 4)
  await new Promise(setImmediate)
  await once(far, 'end')

  assert.deepEqual({ errors, received }, { errors: [], received: HEAD_BYTES })
  assert.deepEqual([writer.flushes, writer.queuedBytes], [flushes, 0])
})

async function socketPair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [far] = (await once(server, 'connection')) as [Socket]
  server.close()
  after(() => void [near, far].map((socket) => socket.destroy()))
  return { near, far }
}
