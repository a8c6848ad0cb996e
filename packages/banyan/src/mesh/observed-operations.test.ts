import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient, reply, type Call } from '../contract/index.ts'
import { systemClock, systemRandom } from '../core/index.ts'
import { createMetrics, createSpanRing, createTracer, exposeMetrics, silentLogger } from '../observe/index.ts'
import { createGuardedWire, createLocalWire, createServiceEndpoint, observeOperations } from './index.ts'
import { store, storeErrors } from './resilience/resilience.fixture.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`

function setUp(write: () => Promise<never> = () => Promise.reject(storeErrors.SOLD_OUT())) {
  const metrics = createMetrics()
  const ring = createSpanRing()
  const clock = systemClock
  const tracer = createTracer({ clock, random: systemRandom, sinks: [ring], sampleRatio: 0, slowMs: 20 })
  const calls: Call[] = []
  const answer = async (_: unknown, call: Call) => {
    calls.push(call)
    return reply(null)
  }
  const slowly = async () => {
    await clock.sleep(30)
    return reply(null)
  }
  const endpoint = createServiceEndpoint({
    contract: store,
    operations: { read: answer, follow: slowly, write, logIn: answer },
    clock,
    logger: silentLogger,
    middleware: [observeOperations({ service: 'store', metrics, tracer, clock })],
  })
  const local = createLocalWire({ clock, endpoints: [endpoint] })
  const tools = { metrics, clock, random: systemRandom, logger: silentLogger }
  const overrides = { policy: { retry: { maxAttempts: 1 } } }
  const wire = createGuardedWire({ ...tools, contract: store, wire: local, overrides })
  const counts = (name: string) =>
    [...exposeMetrics(metrics).matchAll(new RegExp(`^${name}\\{(.*)\\} (.*)$`, 'gm'))].map((match) =>
      match.slice(1).join(' '),
    )
  return { client: createClient(store, wire, { traceParent: PARENT }), ring, calls, counts }
}

describe('observed operations', () => {
  test('count what the service answered by outcome, and its errors by code', async () => {
    const { client, counts } = setUp()
    await client.read({})
    await client.read({})
    await assert.rejects(client.write({}))
    const labels = 'service="store"'
    assert.deepEqual(counts('banyan_operation_seconds_count'), [
      `operation="store.read",outcome="ok",${labels} 2`,
      `operation="store.write",outcome="refused",${labels} 1`,
    ])
    assert.deepEqual(counts('banyan_operation_errors_total'), [
      `code="store.SOLD_OUT",operation="store.write",${labels} 1`,
    ])
  })

  test('count the same for whoever calls in the same process', async () => {
    const { client, counts } = setUp(() => Promise.reject(new Error('disk full')))
    await client.read({})
    await assert.rejects(client.write({}))
    const labels = 'dependency="store",kind="service"'
    assert.deepEqual(counts('banyan_dependency_seconds_count'), [
      `${labels},operation="store.read",outcome="ok" 1`,
      `${labels},operation="store.write",outcome="failed" 1`,
    ])
    assert.deepEqual(counts('banyan_operation_errors_total'), [
      'code="api.INTERNAL",operation="store.write",service="store" 1',
    ])
  })

  test('a text of a stranger never becomes a label', async () => {
    const { client, counts } = setUp(() => Promise.reject(new Error('user 4711 has no key')))
    for (let index = 0; index < 50; index++) await assert.rejects(client.write({}))
    assert.equal(counts('banyan_operation_errors_total').length, 1)
  })

  test('go on with the trace: a server span below the caller’s, and below it whatever the service calls', async () => {
    const { client, ring, calls } = setUp()
    await client.read({})
    const [span] = ring.trace(TRACE)
    assert.deepEqual(
      [span!.name, span!.kind, span!.parentSpanId, span!.status],
      ['store.read', 'server', 'b7ad6b7169203331', 'ok'],
    )
    assert.deepEqual(span!.attributes, { 'rpc.system': 'banyan', 'rpc.service': 'store', 'rpc.method': 'read' })
    assert.equal(calls[0]!.traceParent, `00-${TRACE}-${span!.spanId}-01`)
  })

  test('an answer that says no does not fail the span; what went wrong does', async () => {
    const refused = setUp()
    await assert.rejects(refused.client.write({}))
    const [no] = refused.ring.trace(TRACE)
    assert.deepEqual([no!.status, no!.attributes['error.type']], ['ok', 'store.SOLD_OUT'])
    const broken = setUp(() => Promise.reject(new Error('disk full')))
    await assert.rejects(broken.client.write({}))
    assert.match(broken.ring.trace(TRACE)[0]!.failure!, /api\.INTERNAL/)
  })

  test('a long poll is counted and leaves no span: it would be kept as slow each time', async () => {
    const { client, ring, counts } = setUp()
    await client.follow({})
    assert.equal(counts('banyan_operation_seconds_count').length, 1)
    assert.equal(ring.newest(10).length, 0)
  })
})
