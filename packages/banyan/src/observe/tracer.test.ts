import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { coreErrors, systemRandom, type Clock } from '../core/index.ts'
import { createSpanRing } from './span-ring.ts'
import { formatTraceParent, parseTraceParent } from './trace-context.ts'
import { createTracer, type TracerOptions } from './tracer.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331'

function setUp(options: Partial<TracerOptions> = {}) {
  let nowMs = 0
  const clock: Clock = {
    now: () => 1_000_000 + nowMs,
    monotonicMs: () => nowMs,
    sleep: async () => undefined,
    schedule: () => () => undefined,
  }
  const ring = createSpanRing()
  const tracer = createTracer({ clock, random: systemRandom, sampleRatio: 0, sinks: [ring], ...options })
  return { tracer, ring, pass: (ms: number) => (nowMs += ms) }
}

describe('trace context', () => {
  test('reads and writes traceparent', () => {
    const context = parseTraceParent(`${PARENT}-01`)!
    assert.deepEqual(context, {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sampled: true,
    })
    assert.equal(formatTraceParent(context), `${PARENT}-01`)
    assert.equal(parseTraceParent(`${PARENT}-00`)!.sampled, false)
    assert.ok(parseTraceParent(PARENT.replace('00', '01') + '-01-what-the-future-brings'))
  })

  test('refuses what the standard calls invalid', () => {
    const zeroTrace = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`
    const zeroSpan = `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`
    const bad = ['', 'x', zeroTrace, zeroSpan, `${PARENT}-01-more`, `ff${PARENT.slice(2)}-01`, `${PARENT}-1`]
    for (const text of [...bad, `${PARENT}-01`.toUpperCase(), null, undefined]) {
      assert.equal(parseTraceParent(text), null, String(text))
    }
  })
})

describe('tracer', () => {
  test('continues the trace of the caller, and its children stand below it', () => {
    const { tracer, ring, pass } = setUp()
    const call = tracer.start('orders.placeOrder', { parent: `${PARENT}-01`, attributes: { attempt: 1 } })
    const query = call.child('sql')
    pass(5)
    query.event('lock-waited')
    query.end()
    call.end()
    const [first, second] = ring.trace('0af7651916cd43dd8448eb211c80319c')
    assert.equal(first!.parentSpanId, 'b7ad6b7169203331')
    assert.deepEqual(first!.attributes, { attempt: 1 })
    assert.equal(second!.parentSpanId, first!.spanId)
    assert.equal(second!.durationMs, 5)
    assert.equal(second!.events[0]!.atMs, 1_000_005)
    assert.match(call.traceParent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
  })

  test('drops a trace that was not sampled, quick and without failure', () => {
    const { tracer, ring } = setUp()
    tracer.start('quick').end()
    assert.equal(ring.newest(10).length, 0)
  })

  test('keeps only so many a second of those that were not sampled', () => {
    const { tracer, ring, pass } = setUp({ maxNotablePerSecond: 2 })
    const failAll = () => {
      for (let n = 0; n < 5; n++) {
        const span = tracer.start('failing')
        span.fail(new Error('no'))
        span.end()
      }
    }
    failAll()
    assert.equal(ring.newest(10).length, 2)
    pass(1_000)
    failAll()
    assert.equal(ring.newest(10).length, 4)
  })

  test('what is set after the end is lost', () => {
    const { tracer, ring } = setUp()
    const span = tracer.start('done', { parent: `${PARENT}-01`, kind: 'server' })
    span.end()
    span.set('late', true)
    span.fail(new Error('late'))
    const [kept] = ring.newest(1)
    assert.deepEqual([kept!.kind, kept!.attributes, kept!.status], ['server', {}, 'ok'])
  })

  test('keeps the whole local trace when any part failed or the first span was slow', () => {
    const { tracer, ring, pass } = setUp({ slowMs: 100 })
    const failing = tracer.start('failing')
    const part = failing.child('part')
    part.fail(coreErrors.NOT_FOUND({}, { cause: 'postgres://a:hunter2@b/c' }))
    part.end()
    failing.end()
    assert.deepEqual(
      ring.newest(10).map((span) => [span.name, span.failure?.split(':')[0]]),
      [
        ['failing', undefined],
        ['part', 'api.NOT_FOUND'],
      ],
    )
    const slow = tracer.start('slow')
    pass(101)
    slow.end()
    assert.equal(ring.newest(1)[0]!.name, 'slow')
  })

  test('head sampling decides for new traces only', () => {
    const { tracer, ring } = setUp({ sampleRatio: 1 })
    tracer.start('own').end()
    tracer.start('followed', { parent: `${PARENT}-00` }).end()
    assert.deepEqual(
      ring.newest(10).map((span) => span.name),
      ['own'],
    )
  })

  test('a span that joins shares the verdict of the trace that is open here, whichever span is slow or fails', () => {
    const { tracer, ring, pass } = setUp({ slowMs: 100 })
    const edge = tracer.start('edge')
    tracer.join('orders.placeOrder', { parent: edge.traceParent, kind: 'server' }).end()
    pass(101)
    assert.equal(ring.newest(10).length, 0, 'nothing is kept before the verdict')
    edge.end()
    const kept = ring.trace(edge.context.traceId)
    assert.deepEqual(
      kept.map(({ name, parentSpanId }) => [name, parentSpanId]),
      [
        ['edge', null],
        ['orders.placeOrder', edge.context.spanId],
      ],
    )
  })

  test('a span that joins a trace which is closed, or another process’, decides for itself', () => {
    const { tracer, ring } = setUp()
    const edge = tracer.start('edge')
    edge.end()
    const late = tracer.join('late', { parent: edge.traceParent })
    late.fail(new Error('no'))
    late.end()
    tracer.join('elsewhere', { parent: `${PARENT}-01` }).end()
    tracer.join('nobody’s').end()
    assert.deepEqual(
      ring.newest(10).map(({ name, parentSpanId }) => [name, parentSpanId]),
      [
        ['elsewhere', 'b7ad6b7169203331'],
        ['late', edge.context.spanId],
      ],
    )
  })

  test('of two requests with one trace parent each decides for itself', () => {
    const { tracer, ring, pass } = setUp({ slowMs: 100 })
    const quick = tracer.start('quick', { parent: `${PARENT}-00` })
    const slow = tracer.start('slow', { parent: `${PARENT}-00` })
    quick.end()
    pass(101)
    tracer.join('part of the slow', { parent: slow.traceParent }).end()
    slow.end()
    assert.deepEqual(
      ring.newest(10).map(({ name }) => name),
      ['slow', 'part of the slow'],
    )
  })

  test('attributes are shared until one is set', () => {
    const { tracer, ring } = setUp({ sampleRatio: 1 })
    const shared = Object.freeze({ kind: 'read' })
    const one = tracer.start('one', { attributes: shared })
    one.set('rows', 3)
    one.end()
    tracer.start('two', { attributes: shared }).end()
    assert.deepEqual(
      ring.newest(2).map(({ attributes }) => attributes),
      [{ kind: 'read' }, { kind: 'read', rows: 3 }],
    )
  })

  test('is bounded: spans of a trace, events of a span, the ring', () => {
    const ring = createSpanRing(3)
    const { tracer } = setUp({ sampleRatio: 1, maxSpansPerTrace: 2, sinks: [ring] })
    for (let index = 0; index < 5; index++) {
      const span = tracer.start(`trace ${index}`)
      for (let event = 0; event < 100; event++) span.event('again')
      span.end()
    }
    assert.deepEqual(
      ring.newest(10).map((span) => span.name),
      ['trace 4', 'trace 3', 'trace 2'],
    )
    assert.equal(ring.newest(1)[0]!.events.length, 32)
    const wide = tracer.start('wide')
    for (let child = 0; child < 5; child++) wide.child('part').end()
    wide.end()
    const kept = ring.trace(wide.context.traceId)
    assert.deepEqual([kept.length, kept[0]!.name], [3, 'wide'])
  })

  test('ends once, and hides secrets in attributes', () => {
    const { tracer, ring } = setUp({ sampleRatio: 1 })
    const span = tracer.start('call', { attributes: { password: 'hunter2', url: 'postgres://a:hunter2@b/c' } })
    span.end()
    span.end()
    assert.equal(ring.newest(10).length, 1)
    assert.ok(!JSON.stringify(ring.newest(1)).includes('hunter2'))
  })
})
