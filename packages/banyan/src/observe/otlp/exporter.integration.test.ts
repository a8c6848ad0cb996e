import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock, systemRandom, type Random } from '../../core/index.ts'
import { startTestCollector, type TestCollector, until } from '../../testing/index.ts'
import { createLogger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { createTracer } from '../tracer.ts'
import { createOtlpExporter, type OtlpExporterOptions } from './exporter.ts'

/** Backs off for a few milliseconds rather than seconds. */
const hasty: Random = { ...systemRandom, unit: () => 0.005 }

function setUp(endpoint: string, options: Partial<OtlpExporterOptions> = {}) {
  const lines: { level: string; msg: string }[] = []
  const logger = createLogger({ destination: { write: (line: string) => void lines.push(JSON.parse(line)) } })
  const metrics = createMetrics()
  const resource = { 'service.name': 'orders', 'service.instance.id': 'orders-1', shards: 2 }
  const tools = { metrics, clock: systemClock, random: hasty, logger }
  const exporter = createOtlpExporter({ endpoint, resource, ...tools, spansEveryMs: 5, timeoutMs: 500, ...options })
  const tracer = createTracer({ clock: systemClock, random: systemRandom, sampleRatio: 1, sinks: [exporter] })
  const dropped = () => {
    const series = metrics
      .families()
      .find(({ name }) => name === 'banyan_spans_dropped_total')!
      .series.values()
    return Object.fromEntries(
      [...series].map(({ labels, ...one }) => [labels.reason, (one as { value: number }).value]),
    )
  }
  return { exporter, tracer, metrics, lines, dropped }
}

const named = (collector: TestCollector, name: string) => collector.spans.filter((span) => span.name === name)

describe('what a collector gets', () => {
  test('spans with parents, kinds, times, events and failures, in the name of the process', async () => {
    await using collector = await startTestCollector()
    const { exporter, tracer } = setUp(collector.url, { headers: { 'x-api-key': 'of-ours' } })
    const before = systemClock.now()
    const call = tracer.start('orders.placeOrder', {
      kind: 'server',
      attributes: { attempt: 1, ratio: 0.5, first: true },
    })
    const child = call.child('sql')
    child.event('retry', { after: 'deadlock' })
    child.fail(new TypeError('no such table'))
    child.end()
    call.end()
    await exporter.stop()
    const [root, below] = [named(collector, 'orders.placeOrder')[0]!, named(collector, 'sql')[0]!]
    assert.deepEqual([root.service, root.kind, root.status, root.parentSpanId], ['orders', 2, { code: 0 }, undefined])
    assert.deepEqual(root.attributes, [
      { key: 'attempt', value: { intValue: '1' } },
      { key: 'ratio', value: { doubleValue: 0.5 } },
      { key: 'first', value: { boolValue: true } },
    ])
    assert.deepEqual([below.traceId, below.parentSpanId], [root.traceId, root.spanId])
    assert.deepEqual(below.status, { code: 2, message: 'TypeError: no such table' })
    assert.deepEqual(
      below.events.map(({ name, attributes }) => [name, attributes]),
      [['retry', [{ key: 'after', value: { stringValue: 'deadlock' } }]]],
    )
    const [startMs, endMs] = [root.startTimeUnixNano, root.endTimeUnixNano].map((nanos) => Number(nanos) / 1e6)
    assert.ok(startMs! >= before - 5 && startMs! <= endMs! && endMs! <= systemClock.now() + 5)
    assert.equal(collector.headers[0]!['x-api-key'], 'of-ours')
  })

  test('every metric, with its unit, and histograms whose buckets add up', async () => {
    await using collector = await startTestCollector()
    const { exporter, metrics } = setUp(collector.url)
    metrics.counter({ name: 'orders_total', help: 'Orders.', labels: { kind: 'paid' } }).add(7)
    metrics.gauge({ name: 'pool_bytes', help: 'Pool.' }).set(Number.NaN)
    const seconds = metrics.histogram({ name: 'call_seconds', help: 'Calls.', unit: 'milliseconds' })
    for (const ms of [0.5, 3, 3, 40, 1e9]) seconds.observe(ms)
    await exporter.stop()
    const byName = new Map(collector.metrics.get('orders')!.map((metric) => [metric.name, metric]))
    const [orders, pool, calls] = ['orders_total', 'pool_bytes', 'call_seconds'].map((name) => byName.get(name)!)
    assert.ok('sum' in orders! && 'gauge' in pool! && 'histogram' in calls!)
    assert.deepEqual([orders.unit, pool.unit, calls.unit], ['1', 'By', 's'])
    assert.equal(orders.sum.dataPoints[0]!.asDouble, 7)
    assert.deepEqual(orders.sum.dataPoints[0]!.attributes, [{ key: 'kind', value: { stringValue: 'paid' } }])
    assert.equal(pool.gauge.dataPoints[0]!.asDouble, 'NaN')
    const { count, explicitBounds, bucketCounts, sum } = calls.histogram.dataPoints[0]!
    const counts = bucketCounts.map(Number)
    assert.equal(counts.length, explicitBounds.length + 1)
    assert.deepEqual(
      [count, counts.reduce((a, b) => a + b), counts.at(-1)],
      ['5', 5, 1],
      'the last lies beyond all bounds',
    )
    assert.equal(counts[explicitBounds.findIndex((bound) => bound >= 0.003)], 2)
    assert.ok(Math.abs(sum - 1_000_000.0465) < 1e-3)
  })

  test('metrics come again and again, and spans without being asked for', async () => {
    await using collector = await startTestCollector()
    const { exporter, tracer } = setUp(collector.url, { metricsEveryMs: 10 })
    tracer.start('first').end()
    await until(() => named(collector, 'first').length === 1, 'the span')
    await until(() => collector.requests.filter((path) => path === '/v1/metrics').length >= 3, 'three reports')
    await exporter.stop()
    const { length } = collector.requests
    await exporter.stop()
    tracer.start('after the end').end()
    await systemClock.sleep(30)
    assert.equal(collector.requests.length, length)
  })
})

describe('a collector in trouble', () => {
  test('one that is full is asked again, with the same spans, and the log says so once', async () => {
    await using collector = await startTestCollector()
    const later = { 'retry-after': '0.01' }
    for (const status of [503, 429, 502]) collector.answers.push((response) => response.writeHead(status, later).end())
    const { exporter, tracer, lines, dropped } = setUp(collector.url)
    tracer.start('patient').end()
    await until(() => named(collector, 'patient').length === 1, 'the span')
    await exporter.stop()
    assert.equal(named(collector, 'patient').length, 1)
    assert.equal(collector.requests.filter((path) => path === '/v1/traces').length, 4)
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [
        ['warn', 'telemetry cannot be exported'],
        ['info', 'telemetry can be exported again'],
      ],
    )
    assert.deepEqual(Object.values(dropped()), [0, 0, 0])
  })

  test('what it refuses is not sent again, but counted', async () => {
    await using collector = await startTestCollector()
    collector.answers.push((response) => response.writeHead(400).end('unknown tenant'))
    collector.answers.push((response) => response.writeHead(200).end('{"partialSuccess":{"rejectedSpans":"1"}}'))
    const { exporter, tracer, dropped } = setUp(collector.url)
    tracer.start('refused').end()
    await until(() => dropped()['the collector refused it'] === 1, 'the first is counted')
    tracer.start('half refused').end()
    await until(() => dropped()['the collector refused it'] === 2, 'and the second')
    await exporter.stop()
    assert.equal(collector.requests.filter((path) => path === '/v1/traces').length, 2)
  })

  test('while it is silent spans wait within bounds, the rest is dropped and counted, and nobody waits', async () => {
    await using collector = await startTestCollector()
    const held: (() => void)[] = []
    collector.answers.push((response) => void held.push(() => response.writeHead(200).end()))
    const { exporter, tracer, dropped } = setUp(collector.url, {
      maxQueuedSpans: 100,
      maxBatchSpans: 50,
      timeoutMs: 5_000,
    })
    for (let n = 0; n < 50; n++) tracer.start('sent').end()
    await until(() => held.length === 1, 'the first batch is under way')
    for (let n = 0; n < 1_000; n++) tracer.start('waiting').end()
    assert.equal(dropped()['the queue was full'], 900)
    held[0]!()
    await until(() => named(collector, 'waiting').length === 100, 'those that had room')
    await exporter.stop()
    assert.equal(named(collector, 'waiting').length, 100)
  })

  test('where nobody listens a stop comes back soon, and says how much was lost', async () => {
    const { exporter, tracer, lines, dropped } = setUp('http://127.0.0.1:1', { spansEveryMs: 60_000 })
    for (let n = 0; n < 10; n++) tracer.start('lost').end()
    const startMs = systemClock.monotonicMs()
    await exporter.stop()
    assert.ok(systemClock.monotonicMs() - startMs < 2_000)
    assert.equal(dropped()['the collector could not be reached'], 10)
    assert.equal(lines.length, 1)
  })

  test('one that never answers does not hold a stop up either', async () => {
    await using collector = await startTestCollector()
    for (let n = 0; n < 4; n++) collector.answers.push(() => undefined)
    const { exporter, tracer, dropped } = setUp(collector.url, { timeoutMs: 50 })
    tracer.start('unanswered').end()
    await until(() => collector.requests.length === 1, 'it is under way')
    const startMs = systemClock.monotonicMs()
    await exporter.stop()
    assert.ok(systemClock.monotonicMs() - startMs < 1_000)
    assert.equal(dropped()['the collector could not be reached'], 1)
  })
})
