import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isError } from '../core/index.ts'
import { observeErrors } from './observe-errors.ts'
import { exposeMetrics } from './exposition.ts'
import { createMetrics } from './metrics.ts'

describe('metrics', () => {
  test('the same name and labels are the same series, whatever the order of the labels', () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'calls_total', help: 'Calls.', labels: { a: '1', b: '2' } }).add()
    metrics.counter({ name: 'calls_total', help: 'Calls.', labels: { b: '2', a: '1' } }).add(2)
    assert.equal(metrics.counter({ name: 'calls_total', help: 'Calls.', labels: { a: '1', b: '2' } }).value, 3)
  })

  test('text exposition: help, type, escaped labels, cumulative buckets in seconds', () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'calls_total', help: 'Calls\nmade.', labels: { path: '/a"b\\c\nd' } }).add(2)
    metrics.gaugeOf({ name: 'pool_size', help: 'Connections.' }, () => 7)
    const call = metrics.histogram({ name: 'call_seconds', help: 'Time.', unit: 'milliseconds', labels: { o: 'x' } })
    for (const ms of [0.0005, 1, 3, 3000]) call.observe(ms)
    const lines = exposeMetrics(metrics).split('\n')
    const expected = [
      '# HELP calls_total Calls\\nmade.',
      '# TYPE calls_total counter',
      'calls_total{path="/a\\"b\\\\c\\nd"} 2',
      'pool_size 7',
      '# TYPE call_seconds histogram',
      'call_seconds_bucket{o="x",le="0.000001"} 1',
      'call_seconds_bucket{o="x",le="0.001024"} 2',
      'call_seconds_bucket{o="x",le="0.004096"} 3',
      'call_seconds_bucket{o="x",le="67.108864"} 4',
      'call_seconds_bucket{o="x",le="+Inf"} 4',
      'call_seconds_sum{o="x"} 3.004',
      'call_seconds_count{o="x"} 4',
    ]
    for (const line of expected) assert.ok(lines.includes(line), `${line} is missing in\n${lines.join('\n')}`)
  })

  test('series are bounded: past the limit new label sets share the overflow series', () => {
    const metrics = createMetrics({ maxSeries: 2 })
    for (let user = 0; user < 100; user++) {
      metrics.counter({ name: 'calls_total', help: 'Calls.', labels: { user: String(user) } }).add()
    }
    const lines = exposeMetrics(metrics).trim().split('\n').slice(2)
    assert.deepEqual(lines, ['calls_total{user="0"} 1', 'calls_total{user="1"} 1', 'calls_total{overflow="true"} 98'])
  })

  test('one name has one meaning, and says its unit', () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'calls_total', help: 'Calls.' })
    assert.throws(
      () => metrics.gauge({ name: 'calls_total', help: 'Calls.' }),
      (error) => isError(error, observeErrors.METRIC_CONFLICT),
    )
    for (const name of ['Calls_total', 'calls']) {
      assert.throws(
        () => metrics.counter({ name, help: 'x' }),
        (error) => isError(error, observeErrors.INVALID_METRIC),
      )
    }
    assert.throws(
      () => metrics.histogram({ name: 'call_ms', help: 'x', unit: 'milliseconds' }),
      (error) => isError(error, observeErrors.INVALID_METRIC),
    )
  })
})
