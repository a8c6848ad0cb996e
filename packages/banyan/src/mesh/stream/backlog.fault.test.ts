import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { createProbeEndpoint } from '../../testing/index.ts'
import { createCallWatch } from '../call-watch.ts'
import { until, wireTools } from '../wire.fixture.ts'
import { ClientConnection } from './client/client-connection.ts'
import { frameKinds, HEAD_BYTES } from './frame/frame.ts'
import { MAX_GREETING_BYTES } from './frame/greeting.ts'
import { parseStreamLimits } from './limits.ts'
import { createStreamTransport, type StreamTransportOptions } from './stream-transport.ts'

const MAX_BYTES = 100_000_000
const tools = wireTools(['orders'])
/** The kernel's buffers are the most of what is taken. */
const QUICK = { connectTimeoutMs: 60_000, maxQueuedBytes: 200_000 }
/** More than the kernel's buffers. */
const FLOOD_BYTES = 40_000_000
const PONG_BYTES = HEAD_BYTES + 4
const PINGS = Buffer.concat(Array.from({ length: 7_000 }, () => frame(frameKinds.ping, Buffer.alloc(4))))

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

test('a service that does so fills its caller no further than may wait, and before its welcome no further than a greeting', async () => {
  assert.equal(await floodCaller({ isWelcome: true }), 'within maxQueuedBytes')
  assert.equal(await floodCaller({ isWelcome: false }), 'within a greeting')
})

/** Greets, pings for as long as it is read from, up to `FLOOD_BYTES`, and reads nothing but the hello. What waits for it then? */
async function floodCaller({ isWelcome }: { readonly isWelcome: boolean }): Promise<string> {
  const limits = parseStreamLimits(QUICK)
  const service = createServer().listen(0, '127.0.0.1')
  await once(service, 'listening')
  const socket = connect((service.address() as AddressInfo).port, '127.0.0.1')
  const [served] = (await once(service, 'connection')) as [Socket]
  const options = {
    ...wireTools(['orders']),
    limits,
    watch: createCallWatch(systemClock),
    release: '',
    address: 'probe',
  }
  let isReady = false
  const ignore = () => undefined
  const events = { onReady: () => void (isReady = true), onDraining: ignore, onEnd: ignore }
  const { writer } = new ClientConnection(socket, options, events).link
  try {
    served.write(json(frameKinds.greeting, { protocol: { min: 1, max: 1 }, names: ['probe'], release: '' }))
    await once(served, 'data')
    served.pause()
    if (isWelcome) served.write(json(frameKinds.welcome, { operations: [], maxFrameBytes: 4_096, maxInFlight: 1 }))
    if (isWelcome) await until(() => isReady, 'the caller is welcome')
    while (served.bytesWritten < FLOOD_BYTES) if (!served.write(PINGS)) await once(served, 'drain')
    const { queuedBytes } = writer
    assert.ok(queuedBytes > 0, 'the kernel takes no more')
    if (queuedBytes <= MAX_GREETING_BYTES + PONG_BYTES) return 'within a greeting'
    return queuedBytes <= limits.maxQueuedBytes + PONG_BYTES ? 'within maxQueuedBytes' : `${queuedBytes} bytes`
  } finally {
    socket.destroy()
    served.destroy()
    service.close()
  }
}

/** Says `first`, then pings for as long as it is read from. */
async function flood(options: StreamTransportOptions, first: Buffer): Promise<'stuck' | 'closed' | 'taken'> {
  const place = { address: 'tcp://127.0.0.1:0', endpoints: [createProbeEndpoint(systemClock).endpoint] }
  await using server = await createStreamTransport(options).serve({ ...wireTools(['probe']), ...place })
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1').pause()
  socket.on('error', () => null)
  const closed = happens(socket, 'close', 'closed')
  socket.write(first)
  try {
    return await pingUntil(socket, closed)
  } finally {
    socket.destroy()
  }
}

async function pingUntil(socket: Socket, closed: Promise<'closed'>) {
  while (socket.bytesWritten < MAX_BYTES) {
    if (socket.write(PINGS)) continue
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

function json(kind: number, value: object): Buffer {
  return frame(kind, Buffer.from(JSON.stringify(value)))
}

function frame(kind: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(1 + payload.length)
  head[4] = kind
  return Buffer.concat([head, payload])
}
