import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exposeMetrics } from './exposition.ts'
import { createMetrics } from './metrics.ts'
import { observeProcess } from './process-metrics.ts'

test('shows memory, processor time and a stuck event loop', async () => {
  const metrics = createMetrics()
  const stop = observeProcess(metrics)
  const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(exposeMetrics(metrics))?.[1])
  await new Promise((resolve) => setTimeout(resolve, 50)) // the monitor needs a first tick to measure from
  const until = process.hrtime.bigint() + 150_000_000n
  while (process.hrtime.bigint() < until);
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.ok(value('process_event_loop_delay_max_seconds') > 0.1)
  assert.ok(value('process_resident_memory_bytes') > 1e7)
  assert.ok(value('process_cpu_seconds') > 0)
  stop()
})
