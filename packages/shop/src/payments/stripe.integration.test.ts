import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../testing/refused.ts'
import { paymentErrors } from './errors.ts'
import type { PaymentProvider } from './providers/provider.ts'
import { createStripeProvider } from './providers/stripe/stripe-provider.ts'
import { type FakeStripe, startFakeStripe } from './providers/testing/fake-stripe.ts'
import { movesOf } from './providers/testing/provider-suite.ts'
import { admin, newCharge, type PaymentsFixture, startPayments, undoing, until } from './testing/payments-fixture.ts'

let postgres: TestPostgres
let fake: FakeStripe
let stripe: PaymentProvider
let payments: PaymentsFixture
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  fake = await startFakeStripe()
  const { secretKey, api } = fake
  stripe = createStripeProvider({ secretKey, api, webhookSecret: null, clock: systemClock })
  payments = await startPayments({ postgres, graceMs: 0, wrap: () => stripe })
})
after(async () => {
  await payments[Symbol.asyncDispose]()
  await fake.stop()
  await postgres.stop()
})

test('a charge, a part given back, a cancel: Stripe and we say the same', async () => {
  const charge = newCharge('pm_card_visa')
  await payments.call('charge', charge)
  const part = { amountMinor: 500, currency: 'USD' as const }
  await payments.call('refundPayment', { paymentId: charge.paymentId, amount: part }, admin)
  assert.equal((await payments.call('refundOrder', undoing(charge))).data.refunded.amountMinor, 1_999)
  assert.deepEqual(await movesOf(stripe, charge), [
    ['capture', 1_999],
    ['refund', 500],
    ['refund', 1_499],
  ])
  const { data } = await payments.call('getPayment', { paymentId: charge.paymentId })
  assert.deepEqual([data.status, data.provider], ['refunded', 'stripe'])
})

test("a decline carries the bank's reason", async () => {
  const charge = newCharge('pm_card_insufficient')
  await assert.rejects(payments.call('charge', charge), {
    code: paymentErrors.CARD_DECLINED.code,
    details: { orderId: charge.orderId, paymentId: charge.paymentId, reason: 'insufficient_funds' },
  })
})

test('a charge whose key answers 500 for ever is found by the resolver', async () => {
  const charge = newCharge('pm_broken')
  await refused(payments.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
  const isCaptured = async () =>
    (await payments.call('getPayment', { paymentId: charge.paymentId })).data.status === 'captured'
  await until(isCaptured, 'the resolver found the charge')
  assert.deepEqual(await movesOf(stripe, charge), [['capture', 1_999]])
})

test('a compensation finds such a charge by itself, with the name that a refund needs', async () => {
  const charge = newCharge('pm_broken')
  await refused(payments.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
  assert.equal((await payments.call('refundOrder', undoing(charge))).data.refunded.amountMinor, 1_999)
  assert.deepEqual(await movesOf(stripe, charge), [
    ['capture', 1_999],
    ['refund', 1_999],
  ])
})
