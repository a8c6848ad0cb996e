import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyone, createCall, defineContract, defineQuery, type Call } from '../../contract/index.ts'
import { coreErrors, isError, systemClock, systemRandom, Type } from '../../core/index.ts'
import { createServiceEndpoint, type PolicyOverrides } from '../../mesh/index.ts'
import { createMetrics, silentLogger } from '../../observe/index.ts'
import { createProcessWires } from './process-wires.ts'
import type { ProcessTools } from '../process-tools.ts'

/** Three may ring at once. */
const bell = defineContract({
  name: 'bell',
  policy: { bulkhead: { maxInFlight: 3 }, retry: { maxAttempts: 1 } },
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
async function ring(overrides: PolicyOverrides, callAt: (index: number) => Partial<Call> = () => ({})) {
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics: createMetrics() }
  let reached = 0
  const wires = createProcessWires({
    tools: tools as ProcessTools,
    topology: { calls: { bell: overrides } },
    elsewhere: [],
    remote: null,
    encode: false,
  })
  const hang = (): Promise<never> => new Promise(() => void reached++)
  wires.serve(createServiceEndpoint({ ...tools, contract: bell, operations: { ring: hang } }))
  const calls = Array.from({ length: 10 }, (_, index) =>
    wires.call('bell.ring', {}, { ...createCall({ timeoutMs: 50 }), ...callAt(index) }),
  )
  const ends = await Promise.allSettled(calls)
  await wires.stop()
  const errors = ends.map((end) => (end.status === 'rejected' ? end.reason : null))
  return { reached, full: errors.filter((error) => isError(error, coreErrors.OVERLOADED)).length }
}

test('the policy of a contract holds for calls within the process, too', async () => {
  assert.deepEqual(await ring({}), { reached: 3, full: 7 })
})

test('a topology changes it, for the service or for one operation', async () => {
  assert.deepEqual(await ring({ policy: { bulkhead: { maxInFlight: 5 } } }), { reached: 5, full: 5 })
  assert.deepEqual(await ring({ operations: { ring: { bulkhead: { maxInFlight: 2 } } } }), { reached: 2, full: 8 })
})

test('what has been begun does not find its place taken by those who wait for it', async () => {
  const saga = { id: 's', step: 'ring', fence: 1 }
  assert.deepEqual(await ring({}, (index) => (index < 5 ? {} : { saga })), { reached: 6, full: 4 })
})
