import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sagaErrors } from 'banyan/command'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../testing/refused.ts'
import { paymentErrors } from './errors.ts'
import { refundId } from './payment.ts'
import type { PaymentProvider } from './providers/provider.ts'
import { createFaultyProvider, type Fault } from './providers/testing/faulty-provider.ts'
import { movesOf } from './providers/testing/provider-suite.ts'
import { admin, newCharge, type PaymentsFixture, startPayments, undoing, until } from './testing/payments-fixture.ts'

let postgres: TestPostgres
before(async () => void (postgres = await startTestPostgres({ fsync: false })))
after(() => postgres.stop())

/** A service that dies, as far as its callers can tell, at a given point of each call to the provider. */
function dying(fault: Fault): Promise<PaymentsFixture> {
  const wrap = (sandbox: PaymentProvider) => createFaultyProvider(sandbox, () => fault)
  return startPayments({ postgres, wrap, graceMs: 3_600_000 })
}

for (const fault of ['lose-request', 'lose-answer'] as const) {
  const point = fault === 'lose-request' ? 'between prepare and perform' : 'between perform and settle'

  test(`killed ${point}: the repeat of the charge captures once`, async () => {
    const charge = newCharge('pm_visa')
    await using dead = await dying(fault)
    await refused(dead.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
    await using next = await startPayments({ postgres })
    assert.equal((await next.call('charge', charge)).data.amount.amountMinor, 1_999)
    assert.deepEqual(await movesOf(next.sandbox, charge), [['capture', 1_999]])
  })

  test(`killed ${point}, then compensated: net zero, and the charge stays forbidden`, async () => {
    const charge = newCharge('pm_visa')
    await using dead = await dying(fault)
    await refused(dead.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
    await using next = await startPayments({ postgres })
    assert.equal((await next.call('refundOrder', undoing(charge))).data.refunded.amountMinor, 1_999)
    await refused(next.call('charge', charge), sagaErrors.COMPENSATED)
    assert.deepEqual(await movesOf(next.sandbox, charge), [
      ['capture', 1_999],
      ['refund', 1_999],
    ])
  })

  test(`killed ${point} of a compensation: the repeat gives back once`, async () => {
    const charge = newCharge('pm_visa')
    await using next = await startPayments({ postgres })
    await next.call('charge', charge)
    await using dead = await dying(fault)
    await refused(dead.call('refundOrder', undoing(charge)), paymentErrors.PROVIDER_UNAVAILABLE)
    assert.equal((await next.call('refundOrder', undoing(charge))).data.refunded.amountMinor, 1_999)
    assert.deepEqual(await movesOf(next.sandbox, charge), [
      ['capture', 1_999],
      ['refund', 1_999],
    ])
  })

  test(`killed ${point} of an admin's refund: the same key, or a cancel, finishes it once`, async () => {
    const charge = newCharge('pm_visa')
    const { paymentId } = charge
    const call = { ...admin, key: `scratched ${fault}` }
    const input = { paymentId, amount: { amountMinor: 500, currency: 'USD' as const } }
    await using next = await startPayments({ postgres, graceMs: 3_600_000 })
    await next.call('charge', charge)
    await using dead = await dying(fault)
    await refused(dead.call('refundPayment', input, call), paymentErrors.PROVIDER_UNAVAILABLE)
    assert.equal((await next.call('refundPayment', input, call)).data.status, 'succeeded')
    await refused(dead.call('refundPayment', input, admin), paymentErrors.PROVIDER_UNAVAILABLE)
    assert.equal((await next.call('refundOrder', undoing(charge))).data.refunded.amountMinor, 1_999)
    assert.deepEqual(await movesOf(next.sandbox, charge), [
      ['capture', 1_999],
      ['refund', 500],
      ['refund', 500],
      ['refund', 999],
    ])
  })
}

test('the resolver settles charges and refunds that nobody repeats', async () => {
  const [charge, refunded] = [newCharge('pm_timeout'), newCharge('pm_visa')]
  await using living = await startPayments({ postgres })
  await living.call('charge', refunded)
  const wrap = (sandbox: PaymentProvider) => createFaultyProvider(sandbox, () => 'lose-request')
  {
    // What it opens is due at once.
    await using dead = await startPayments({ postgres, wrap, graceMs: 0 })
    await refused(dead.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
    const ask = dead.call('refundPayment', { paymentId: refunded.paymentId }, admin)
    await refused(ask, paymentErrors.PROVIDER_UNAVAILABLE)
  }
  const statusOf = async (paymentId: string) => (await living.call('getPayment', { paymentId })).data.status
  await until(async () => (await statusOf(refunded.paymentId)) === 'refunded', 'the refund is settled')
  await until(async () => (await statusOf(charge.paymentId)) === 'captured', 'the charge is settled')
  assert.deepEqual(await movesOf(living.sandbox, charge), [['capture', 1_999]])
})

test('past the life of its key an open charge is parked, never sent again; a notice can still settle it', async () => {
  const [lost, seen, back] = [newCharge('pm_visa'), newCharge('pm_visa'), newCharge('pm_visa')]
  await using unheard = await dying('lose-request')
  await refused(unheard.call('charge', lost), paymentErrors.PROVIDER_UNAVAILABLE)
  await refused(unheard.call('charge', back), paymentErrors.PROVIDER_UNAVAILABLE)
  await using unanswered = await dying('lose-answer')
  await refused(unanswered.call('charge', seen), paymentErrors.PROVIDER_UNAVAILABLE)

  const forgetful = (sandbox: PaymentProvider) => ({ ...sandbox, keyLifetimeMs: 0 })
  await using late = await startPayments({ postgres, wrap: forgetful, graceMs: 3_600_000 })
  for (let i = 0; i < 2; i++) await refused(late.call('charge', lost), paymentErrors.NEEDS_ATTENTION)
  await refused(late.call('refundOrder', undoing(lost)), paymentErrors.NEEDS_ATTENTION)
  await refused(late.call('refundOrder', undoing(back)), paymentErrors.NEEDS_ATTENTION)
  for (const charge of [lost, back]) assert.deepEqual(await movesOf(late.sandbox, charge), [])

  // What can be seen at the provider is settled without sending anything.
  await late.call('resolvePayment', { paymentId: seen.paymentId })
  assert.equal((await late.call('getPayment', { paymentId: seen.paymentId })).data.status, 'captured')

  const { findings } = (await late.call('audit', {})).data
  const open = findings.find(({ invariant }) => invariant === 'I1')!
  assert.ok(!open.ok && open.rows.some((row) => row.includes(lost.paymentId)), 'the audit names it')
  const notice = { kind: 'captured', paymentId: lost.paymentId, amountMinor: 1_999, providerRef: null } as const
  assert.deepEqual(await late.notify(notice), { applied: true })
})

test('past the life of its key an open refund is parked and holds its money; a notice can still settle it', async () => {
  const charge = newCharge('pm_visa')
  const { paymentId } = charge
  await using quiet = await startPayments({ postgres, graceMs: 3_600_000 })
  await quiet.call('charge', charge)
  await using dead = await dying('lose-request')
  const part = { amountMinor: 500, currency: 'USD' as const }
  await refused(dead.call('refundPayment', { paymentId, amount: part }, admin), paymentErrors.PROVIDER_UNAVAILABLE)

  const forgetful = (sandbox: PaymentProvider) => ({ ...sandbox, keyLifetimeMs: 0 })
  await using late = await startPayments({ postgres, wrap: forgetful, graceMs: 3_600_000 })
  await late.call('resolvePayment', { paymentId })
  assert.deepEqual(await movesOf(late.sandbox, charge), [['capture', 1_999]])
  const all = { amountMinor: 1_999, currency: 'USD' as const }
  const tooMuch = quiet.call('refundPayment', { paymentId, amount: all }, admin)
  await refused(tooMuch, paymentErrors.REFUND_EXCEEDS_CAPTURE)
  await refused(quiet.call('refundOrder', undoing(charge)), paymentErrors.NEEDS_ATTENTION)
  await late.notify({ kind: 'refused', refundId: refundId(paymentId, 1), amountMinor: 500, reason: 'never arrived' })
  assert.equal((await quiet.call('refundOrder', undoing(charge))).data.refunded.amountMinor, 1_999)
  // The rest was promised while the first part was still in doubt.
  assert.deepEqual(await movesOf(quiet.sandbox, charge), [
    ['capture', 1_999],
    ['refund', 500],
    ['refund', 1_499],
  ])
})
