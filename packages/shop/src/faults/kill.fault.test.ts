import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PlannedVisit, Script } from '../chaos/script.ts'
import { createShopWorkload } from '../chaos/workload.ts'
import { runCampaign } from './testing/run-campaign.ts'

const QUIET: Omit<PlannedVisit, 'customer' | 'lines' | 'paymentMethod'> = {
  signsUp: false,
  looksAt: [],
  clicksTwice: false,
  repeats: false,
  isRefunded: false,
  cancels: false,
}

describe('the shop under kill -9', () => {
  test('orders and cancellations through kills and cuts: each ends once, none is lost, the books balance', async () => {
    const workload = createShopWorkload(() => mixed)
    const faults = { process: 3, database: 1, backend: 1, link: 1 }
    const report = await runCampaign({ workload, visits: 240, atOnce: 24, faults })
    assert.deepEqual(report.complaints, [])
    const { 201: placed = 0, 200: cancelled = 0, '402 payments.CARD_DECLINED': declined = 0 } = report.answers
    assert.deepEqual([placed + declined, declined], [240, 48])
    assert.equal(report.figures.confirmed, placed - cancelled)
    assert.equal(report.figures.confirmed! + report.figures.cancelled!, 240, 'one order a key')
    const { webhooksAccepted = 0, providerAnswersLost = 0 } = report.figures
    assert.ok(webhooksAccepted >= 240 && providerAnswersLost > 0, 'the provider is none of its own')
  })

  test('500 buyers of 30 items with a kill in the middle: exactly 30 have one', async () => {
    const workload = createShopWorkload(() => rush)
    const report = await runCampaign({ workload, visits: 500, atOnce: 500, faults: { process: 1 } })
    // That so few can succeed is the point here, and when the last of them does is open.
    assert.equal(report.violations, 0, report.complaints.join('\n'))
    assert.deepEqual(report.faults, { process: 1 })
    assert.deepEqual(report.answers, { 201: 30, '409 products.OUT_OF_STOCK': 470 })
    assert.equal(report.figures.cancelled, 470)
  })
})

const METHODS = ['pm_visa', 'pm_visa', 'pm_declined', 'pm_timeout', 'pm_error']

const mixed: Script = {
  stock: new Map(['10', '11', '12'].map((productId) => [productId, 10_000])),
  scarce: new Set(),
  visit: (index) => ({
    ...QUIET,
    customer: index,
    lines: [line('10', 1 + (index % 3)), line('11', 1), ...(index % 2 === 0 ? [line('12', 2)] : [])],
    paymentMethod: METHODS[index % METHODS.length]!,
    clicksTwice: index % 8 === 0,
    cancels: index % 4 === 0,
  }),
}

const rush: Script = {
  stock: new Map([['30', 30]]),
  scarce: new Set(['30']),
  visit: (index) => ({ ...QUIET, customer: index, lines: [line('30', 1)], paymentMethod: 'pm_visa' }),
}

function line(productId: string, quantity: number) {
  return { productId, quantity }
}
