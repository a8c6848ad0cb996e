import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyone, createClient, defineContract, defineQuery, reply, serviceCall } from '../../contract/index.ts'
import { isDeclared, systemClock, Type, type BanyanError } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { createProbeEndpoint, probe } from '../../testing/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import { createServiceEndpoint } from '../service-endpoint.ts'
import { wireTools } from '../wire.fixture.ts'
import { createStreamTransport } from './stream-transport.ts'

const NOTHING = { changedAt: null, replayed: false, pending: false }
const MAX_FRAME_BYTES = 5_000

const wares = defineContract({
  name: 'wares',
  operations: {
    list: defineQuery({
      summary: 'Names more versions than an answer can.',
      input: Type.Object({}),
      output: Type.Null(),
      access: anyone,
      http: 'GET /wares',
    }),
  },
})

test('an answer that cannot cross is refused: a command has been carried out, and the service goes on', async () => {
  const transport = createStreamTransport({ connections: 1 })
  const { endpoint } = createProbeEndpoint(systemClock)
  const place = { address: 'tcp://127.0.0.1:0', endpoints: [endpoint, createWares()] }
  await using server = await transport.serve({ ...wireTools(['probe', 'wares']), ...place })
  const tools = { ...wireTools(['orders']), address: server.address }
  const wire = transport.connect(tools)
  const narrow = createStreamTransport({ connections: 1, maxFrameBytes: MAX_FRAME_BYTES }).connect(tools)
  const call = serviceCall('orders', { timeoutMs: 5_000 })
  const [client, narrowClient] = [createClient(probe, wire, call), createClient(probe, narrow, call)]

  const faults = [
    await refusal(client.answer({ ...NOTHING, versions: 'v'.repeat(65_536) })),
    await refusal(client.answer({ ...NOTHING, versions: null, changedAt: 'v'.repeat(70_000) })),
    await refusal(narrowClient.echo({ data: 'ü'.repeat(300) + 'x'.repeat(MAX_FRAME_BYTES - 600) })),
    // The data would fit, and so would the versions.
    await refusal(narrowClient.answer({ ...NOTHING, versions: 'v'.repeat(2_600) })),
  ]
  for (const { code, effect, retry } of faults)
    assert.deepEqual([code, effect, retry], [meshErrors.MESSAGE_TOO_LARGE.code, 'applied', 'never'])
  const { effect } = await refusal(createClient(wares, wire, call).list({}))
  assert.equal(effect, 'not-applied', 'a query changes nothing')

  const full = { ...NOTHING, versions: 'v'.repeat(2_400) }
  assert.deepEqual(await narrowClient.answer(full), full, 'what just fits crosses')
  for (const one of [client, narrowClient]) assert.deepEqual(await one.echo({ data: 1 }), { data: 1 })
  await Promise.all([wire.stop(), narrow.stop()])
})

function createWares() {
  const operations = { list: () => Promise.resolve(reply(null, { versions: 'v'.repeat(70_000) })) }
  return createServiceEndpoint({ contract: wares, clock: systemClock, logger: silentLogger, operations })
}

async function refusal(answer: Promise<unknown>): Promise<BanyanError> {
  const error = await answer.catch((reason: unknown) => reason)
  assert.ok(isDeclared(error), String(error))
  return error
}
