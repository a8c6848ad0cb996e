import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { anyone, createCall, defineContract, defineQuery } from '../contract/index.ts'
import { coreErrors, isError, systemClock, systemRandom } from '../core/index.ts'
import { createServiceEndpoint, type PolicyChanges } from '../mesh/index.ts'
import { createMetrics, silentLogger } from '../observe/index.ts'
import { createProcessWires } from './process-wires.ts'
import type { ProcessTools } from './process-tools.ts'

const bell = defineContract({
  name: 'bell',
  operations: {
    ring: defineQuery({
      summary: 'Rings until somebody comes.',
      http: 'GET /ring',
      input: Type.Object({}),
      output: Type.Null(),
      access: anyone,
    }),
  },
})

/** A service in this process that hangs, and how many of ten calls reach it. */
async function ring(policy?: PolicyChanges) {
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics: createMetrics() }
  let reached = 0
  const wires = createProcessWires({
    tools: tools as ProcessTools,
    topology: { calls: { bell: policy ? { policy } : {} } },
    elsewhere: [],
    remote: null,
    encode: false,
  })
  const hang = (): Promise<never> => new Promise(() => void reached++)
  wires.serve(createServiceEndpoint({ ...tools, contract: bell, operations: { ring: hang } }))
  const calls = Array.from({ length: 10 }, () => wires.call('bell.ring', {}, createCall({ timeoutMs: 50 })))
  const ends = await Promise.allSettled(calls)
  await wires.stop()
  const errors = ends.map((end) => (end.status === 'rejected' ? end.reason : null))
  return { reached, full: errors.filter((error) => isError(error, coreErrors.OVERLOADED)).length }
}

test('a policy of the topology holds for calls within the process, too', async () => {
  const bulkhead = { maxInFlight: 3, maxWaiting: 0 }
  assert.deepEqual(await ring({ bulkhead, retry: { maxAttempts: 1 } }), { reached: 3, full: 7 })
})

test('without one there is no layer around them', async () => {
  assert.deepEqual(await ring(), { reached: 10, full: 0 })
})
