import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { coreErrors, systemClock } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../testing/refused.ts'
import { paymentErrors } from './errors.ts'
import { refundId } from './payment.ts'
import type { ChargeAnswer, Notice, PaymentProvider } from './providers/provider.ts'
import { signText } from './providers/signature.ts'
import { admin, newCharge, type PaymentsFixture, startPayments, undoing } from './testing/payments-fixture.ts'

let postgres: TestPostgres
let payments: PaymentsFixture
/** Runs between the provider's commit and its answer. */
let beforeAnswer: (answer: ChargeAnswer) => Promise<void> = async () => undefined
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  payments = await startPayments({ postgres, wrap: withPause })
})
after(async () => {
  await payments[Symbol.asyncDispose]()
  await postgres.stop()
})

function withPause(sandbox: PaymentProvider): PaymentProvider {
  return {
    ...sandbox,
    async charge(request, signal) {
      const answer = await sandbox.charge(request, signal)
      await beforeAnswer(answer)
      return answer
    },
  }
}

function capturedNotice({ paymentId }: { paymentId: string }, amountMinor = 1_999): Notice {
  return { kind: 'captured', paymentId, amountMinor, providerRef: null }
}

async function eventsOf(paymentId: string): Promise<number> {
  const rows = await payments.database.query('SELECT FROM banyan_log WHERE aggregate_id = $1', [paymentId])
  return rows.length
}

test('a notice before the answer, and again after it, settles once', async () => {
  const charge = newCharge('pm_visa')
  const applied: boolean[] = []
  beforeAnswer = async () => void applied.push((await payments.notify(capturedNotice(charge))).applied)
  assert.equal((await payments.call('charge', charge)).data.amount.amountMinor, 1_999)
  beforeAnswer = async () => undefined
  applied.push((await payments.notify(capturedNotice(charge))).applied)
  assert.deepEqual(applied, [true, false])
  assert.equal(await eventsOf(charge.paymentId), 1)
})

test('notices that race each other and the answer settle once', async () => {
  const charge = newCharge('pm_visa')
  const notices: Promise<{ applied: boolean }>[] = []
  beforeAnswer = async () => {
    for (let i = 0; i < 8; i++) notices.push(payments.notify(capturedNotice(charge)))
  }
  await payments.call('charge', charge)
  beforeAnswer = async () => undefined
  const applied = await Promise.all(notices)
  assert.ok(applied.filter((notice) => notice.applied).length <= 1)
  assert.equal(await eventsOf(charge.paymentId), 1)
})

test('a notice settles a charge whose answer was lost', async () => {
  const charge = newCharge('pm_timeout')
  await refused(payments.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
  assert.deepEqual(await payments.notify(capturedNotice(charge)), { applied: true })
  assert.equal((await payments.call('getPayment', { paymentId: charge.paymentId })).data.status, 'captured')
})

test('a decline by notice is the answer to whoever repeats the charge', async () => {
  const charge = newCharge('pm_error')
  await refused(payments.call('charge', charge), paymentErrors.PROVIDER_BUSY)
  const { paymentId } = charge
  await payments.notify({ kind: 'declined', paymentId, amountMinor: 1_999, reason: 'stolen_card' })
  await assert.rejects(payments.call('charge', charge), { code: paymentErrors.CARD_DECLINED.code })
  await refused(payments.notify(capturedNotice(charge)), paymentErrors.CONTRADICTION)
})

test('a refund is settled by its notice, once', async () => {
  const charge = newCharge('pm_visa')
  await payments.call('charge', charge)
  const { id } = (await payments.call('refundPayment', { paymentId: charge.paymentId }, admin)).data
  const notice: Notice = { kind: 'refunded', refundId: id, amountMinor: 1_999 }
  assert.deepEqual(await payments.notify(notice), { applied: false })
  assert.equal(await eventsOf(charge.paymentId), 2)
})

test('nothing but a 200 for what cannot be applied', async () => {
  const charge = newCharge('pm_visa')
  await refused(payments.notify(capturedNotice(charge)), coreErrors.NOT_FOUND)
  await payments.call('charge', charge)
  await refused(payments.notify(capturedNotice(charge, 5)), paymentErrors.WEBHOOK_AMOUNT)
  const ofRefund: Notice = { kind: 'refunded', refundId: refundId(charge.paymentId, 1), amountMinor: 1_999 }
  await refused(payments.notify(ofRefund), coreErrors.NOT_FOUND)
  await refused(payments.notify({ ...ofRefund, refundId: 'ref_nonsense' }), paymentErrors.WEBHOOK_UNKNOWN)
  const days = 86_400_000
  await refused(payments.notify(capturedNotice(charge), systemClock.now() - 3 * days), paymentErrors.WEBHOOK_TOO_OLD)
  const body = JSON.stringify(capturedNotice(charge))
  const forged = { 'sandbox-signature': signText('another secret', body, systemClock.now()) }
  const send = (provider: string) => payments.call('receiveWebhook', { provider, body, headers: forged })
  await refused(send('sandbox'), paymentErrors.WEBHOOK_UNSIGNED)
  await refused(send('stripe'), coreErrors.NOT_FOUND)
  assert.equal(await eventsOf(charge.paymentId), 1)
})

test('a notice about a tombstone is a contradiction that somebody must see', async () => {
  const charge = newCharge('pm_visa')
  await payments.call('refundOrder', undoing(charge))
  await refused(payments.notify(capturedNotice(charge)), paymentErrors.WEBHOOK_AMOUNT)
})
