import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogSource } from 'banyan/log'
import { createSeededRandom } from 'banyan/testing'
import type { Cell } from '../every-topology/cell.ts'
import { createEncodedCell } from '../every-topology/in-process-cells.ts'
import { createStartedCells } from '../every-topology/started-cells.ts'
import { assembleCast } from '../shop-suite/cast.ts'
import { createComparison, type Comparison } from './comparison.ts'
import { createWorkload } from './workload.ts'

const SIZE = { customers: 3, products: 3, sequential: 30, concurrent: 12 }
const comparison = createComparison(createWorkload(createSeededRandom(20), SIZE))

test('a monolith and microservices end in the same state after the same workload (I20)', async () => {
  await playIn(createEncodedCell(), comparison)
  await playIn(createStartedCells(process.env).http, comparison)
})

test('the workload leaves something of everything, so that equal states say something', () => {
  const { orders, history, mails, answers } = comparison.expected!
  const all = JSON.stringify([orders, history, mails, answers])
  for (const trace of ['"captured', '"refunded', '"declined', 'out-of-stock', 'A refund for', 'is cancelled']) {
    assert.ok(all.includes(trace) || all.includes(trace.replace('"', '\\"')), `${trace} is nowhere in ${all}`)
  }
})

test('a shop that never learns of refunds ends in another state', async () => {
  await assert.rejects(playIn(createEncodedCell({ wrapLog: withoutRefunds }), comparison), (error: Error) => {
    assert.match(error.message, /another state/)
    const { actual, expected } = error as unknown as Record<'actual' | 'expected', NonNullable<Comparison['expected']>>
    assert.deepEqual(actual.orders, expected.orders)
    assert.notDeepEqual(actual.history, expected.history)
    assert.notDeepEqual(actual.mails, expected.mails)
    return true
  })
})

async function playIn(cell: Cell, by: Comparison): Promise<void> {
  await using shop = await cell.start()
  await by.check(shop, await assembleCast(shop))
  assert.deepEqual(await shop.faults(), [])
}

/** What comes out of it is not what stands in the log. */
function withoutRefunds(source: LogSource): LogSource {
  return {
    log: source.log,
    watermark: source.watermark,
    onAppend: source.onAppend,
    async read(after, limit) {
      const events = await source.read(after, limit)
      return events.map((event) => (event.type === REFUNDED ? { ...event, type: 'payments.nothing.v1' } : event))
    },
  }
}

const REFUNDED = 'payments.payment-refunded.v1'
