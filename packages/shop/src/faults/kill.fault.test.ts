import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemRandom } from 'banyan/core'
import { hasMetWork } from './testing/campaign-faults.ts'
import { runCampaign, type CampaignReport } from './testing/campaign.ts'
import { createShopFolder } from './testing/shop-child.ts'

describe('the shop under kill -9', () => {
  let notes: string
  before(async () => void (notes = await mkdtemp(join(tmpdir(), 'journal-'))))
  after(() => rm(notes, { recursive: true, force: true }))

  test('orders and cancellations through five kills and a crashed database: each ends once, none is lost, the books balance', async () => {
    await using folder = await createShopFolder(process.env)
    const report = await runCampaign({
      folder,
      journal: join(notes, 'orders.jsonl'),
      orders: 240,
      faults: ['process', 'process', 'database', 'process', 'process', 'process'],
      atOnce: 24,
      stock: { '10': 10_000, '11': 10_000, '12': 10_000 },
      plan: (index) => ({
        items: [line('10', 1 + (index % 3)), line('11', 1), ...(index % 2 === 0 ? [line('12', 2)] : [])],
        paymentMethod: METHODS[index % METHODS.length]!,
        cancel: index % 4 === 0,
      }),
      random: systemRandom,
    })
    assertSurvived(report, 6)
    const { 201: placed = 0, 200: cancelled = 0, '402 payments.CARD_DECLINED': declined = 0 } = report.answers
    assert.deepEqual([placed + declined, declined], [240, 48])
    assert.equal(report.confirmed, placed - cancelled)
    assert.equal(report.confirmed + report.cancelled, 240, 'one order a key')
  })

  test('500 buyers of 30 items with a kill in the middle: exactly 30 have one', async () => {
    await using folder = await createShopFolder(process.env)
    const report = await runCampaign({
      folder,
      journal: join(notes, 'buyers.jsonl'),
      orders: 500,
      faults: ['process'],
      atOnce: 500,
      stock: { '30': 30 },
      plan: () => ({ items: [line('30', 1)], paymentMethod: 'pm_visa', cancel: false }),
      random: systemRandom,
    })
    assertSurvived(report, 1)
    assert.deepEqual(report.answers, { 201: 30, '409 products.OUT_OF_STOCK': 470 })
    assert.deepEqual([report.confirmed, report.cancelled], [30, 470])
  })
})

const METHODS = ['pm_visa', 'pm_visa', 'pm_declined', 'pm_timeout', 'pm_error']

/** Each planned fault happened and met requests under way, and what was left balances. */
function assertSurvived({ faults, injected }: CampaignReport, planned: number): void {
  assert.deepEqual(faults, [])
  assert.equal(injected.filter(hasMetWork).length, planned, JSON.stringify(injected))
}

function line(productId: string, quantity: number) {
  return { productId, quantity }
}
