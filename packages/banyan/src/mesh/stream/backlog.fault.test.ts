import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { createProbeEndpoint } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { frameKinds, HEAD_BYTES } from './frame/frame.ts'
import { createStreamTransport, type StreamTransportOptions } from './stream-transport.ts'

const MAX_BYTES = 100_000_000
const tools = wireTools(['orders'])
/** The kernel's buffers are the most of what is taken. */
const QUICK = { connectTimeoutMs: 60_000, maxQueuedBytes: 200_000 }

test('a caller that pings and does not read is not read from', async () => {
  const hello = {
    protocol: 1,
    range: { min: 1, max: 1 },
    names: ['orders'],
    release: '',
    token: tools.credentials.issue('probe'),
    maxFrameBytes: 4_096,
  }
  assert.equal(await flood(QUICK, frame(frameKinds.hello, Buffer.from(JSON.stringify(hello)))), 'stuck')
})

test('a stranger that does so is put out, long before as much waits for it as for a caller', async () => {
  assert.equal(await flood({ ...QUICK, maxQueuedBytes: 1_073_741_824 }, Buffer.alloc(0)), 'closed')
})

/** Says `first`, then pings for as long as it is read from. */
async function flood(options: StreamTransportOptions, first: Buffer): Promise<'stuck' | 'closed' | 'taken'> {
  const place = { address: 'tcp://127.0.0.1:0', endpoints: [createProbeEndpoint(systemClock).endpoint] }
  await using server = await createStreamTransport(options).serve({ ...wireTools(['probe']), ...place })
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1').pause()
  socket.on('error', () => null)
  const closed = happens(socket, 'close', 'closed')
  const pings = Buffer.concat(Array.from({ length: 7_000 }, () => frame(frameKinds.ping, Buffer.alloc(4))))
  socket.write(first)
  try {
    return await pingUntil(socket, pings, closed)
  } finally {
    socket.destroy()
  }
}

async function pingUntil(socket: Socket, pings: Buffer, closed: Promise<'closed'>) {
  while (socket.bytesWritten < MAX_BYTES) {
    if (socket.write(pings)) continue
    const drained = happens(socket, 'drain', 'drained')
    const end = await Promise.race([drained, closed, systemClock.sleep(1_000).then(() => 'stuck' as const)])
    if (end !== 'drained') return end
  }
  return 'taken'
}

/** An error, which `once` would reject with, is on its way to be a close. */
function happens<Word extends string>(socket: Socket, event: string, word: Word): Promise<Word> {
  return new Promise((resolve) => socket.once(event, () => resolve(word)))
}

function frame(kind: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(1 + payload.length)
  head[4] = kind
  return Buffer.concat([head, payload])
}
