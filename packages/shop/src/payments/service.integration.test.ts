import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sagaErrors } from 'banyan/command'
import { coreErrors, systemClock } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../testing/refused.ts'
import { paymentErrors } from './errors.ts'
import { refundId } from './payment.ts'
import { movesOf } from './providers/testing/provider-suite.ts'
import { admin, newCharge, type PaymentsFixture, startPayments, undoing } from './testing/payments-fixture.ts'

let postgres: TestPostgres
let payments: PaymentsFixture
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  payments = await startPayments({ postgres })
})
after(async () => {
  await payments[Symbol.asyncDispose]()
  await postgres.stop()
})

const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' as const })

async function statusOf(paymentId: string) {
  const { status, refunded } = (await payments.call('getPayment', { paymentId })).data
  return [status, refunded.amountMinor]
}

async function eventsOf(paymentId: string) {
  const rows = await payments.database.query<{ version: number; type: string }>(
    'SELECT version, type FROM banyan_log WHERE aggregate_id = $1 ORDER BY position',
    [paymentId],
  )
  return rows.map(({ version, type }) => `${version} ${type}`)
}

async function ledgerOf(paymentId: string) {
  const rows = await payments.database.query<{ account: string; amount: string }>(
    `SELECT account, sum(amount_minor)::text AS amount FROM ledger_entries
     WHERE substr(transfer_id, 5) LIKE substr($1, 5) || '%' GROUP BY account ORDER BY account`,
    [paymentId],
  )
  return Object.fromEntries(rows.map(({ account, amount }) => [account, Number(amount)]))
}

test('a charge is captured once, booked once, told once, however often it is asked for', async () => {
  const charge = newCharge('pm_visa')
  const first = await payments.call('charge', charge)
  assert.deepEqual(first.data, { paymentId: charge.paymentId, amount: usd(1_999) })
  const repeats = await Promise.all(Array.from({ length: 10 }, () => payments.call('charge', charge)))
  for (const repeat of repeats) assert.deepEqual(repeat.data, first.data)
  assert.deepEqual(await movesOf(payments.sandbox, charge), [['capture', 1_999]])
  assert.deepEqual(await ledgerOf(charge.paymentId), { provider_clearing: 1_999, sales: -1_999 })
  assert.deepEqual(await eventsOf(charge.paymentId), ['1 payments.payment-captured.v1'])
})

test('getPayment shows it, with what an ETag needs', async () => {
  const charge = newCharge('pm_visa')
  await refused(payments.call('getPayment', { paymentId: charge.paymentId }), coreErrors.NOT_FOUND)
  await payments.call('charge', charge)
  const { data, versions, changedAt } = await payments.call('getPayment', { paymentId: charge.paymentId })
  const { createdAt, ...rest } = data
  assert.deepEqual(rest, {
    id: charge.paymentId,
    orderId: charge.orderId,
    status: 'captured',
    amount: usd(1_999),
    refunded: usd(0),
    provider: 'sandbox',
  })
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(versions && changedAt && changedAt >= createdAt)
})

test('a declined card is an answer that stays, and moves nothing', async () => {
  for (const [method, reason] of [
    ['pm_declined', 'card_declined'],
    ['pm_insufficient_funds', 'insufficient_funds'],
    ['pm_of_nobody', 'unknown_payment_method'],
  ] as const) {
    const charge = newCharge(method)
    for (let i = 0; i < 2; i++) await refused(payments.call('charge', charge), paymentErrors.CARD_DECLINED)
    await assert.rejects(payments.call('charge', charge), { details: { ...named(charge), reason } })
    assert.deepEqual(await eventsOf(charge.paymentId), ['1 payments.payment-declined.v1'])
    assert.deepEqual(await ledgerOf(charge.paymentId), {})
    assert.deepEqual(await statusOf(charge.paymentId), ['declined', 0])
    assert.deepEqual((await payments.call('refundOrder', undoing(charge))).data.refunded, usd(0))
  }
})

function named({ orderId, paymentId }: { orderId: string; paymentId: string }) {
  return { orderId, paymentId }
}

test('the same order with another amount, method or payment is refused', async () => {
  const charge = newCharge('pm_visa')
  await payments.call('charge', charge)
  await refused(payments.call('charge', { ...charge, amount: usd(5) }), coreErrors.KEY_REUSED)
  await refused(payments.call('charge', { ...charge, paymentMethod: 'pm_timeout' }), coreErrors.KEY_REUSED)
  const { orderId } = newCharge('pm_visa')
  await refused(payments.call('charge', { ...charge, orderId }), coreErrors.INVALID_INPUT)
})

test('a compensation gives everything back once, and no charge follows it', async () => {
  const charge = newCharge('pm_visa')
  await payments.call('charge', charge)
  for (let i = 0; i < 3; i++)
    assert.deepEqual((await payments.call('refundOrder', undoing(charge))).data, {
      paymentId: charge.paymentId,
      refunded: usd(1_999),
    })
  await refused(payments.call('charge', charge), sagaErrors.COMPENSATED)
  assert.deepEqual(await movesOf(payments.sandbox, charge), [
    ['capture', 1_999],
    ['refund', 1_999],
  ])
  assert.deepEqual(await ledgerOf(charge.paymentId), { provider_clearing: 0, refunds: 1_999, sales: -1_999 })
  assert.deepEqual(await eventsOf(charge.paymentId), [
    '1 payments.payment-captured.v1',
    '2 payments.payment-refunded.v1',
  ])
  assert.deepEqual(await statusOf(charge.paymentId), ['refunded', 1_999])
})

test('a compensation that comes before its charge forbids it for ever', async () => {
  const charge = newCharge('pm_visa')
  for (let i = 0; i < 2; i++)
    assert.deepEqual((await payments.call('refundOrder', undoing(charge))).data.refunded, usd(0))
  await refused(payments.call('charge', charge), sagaErrors.COMPENSATED)
  assert.deepEqual(await movesOf(payments.sandbox, charge), [])
  assert.deepEqual(await statusOf(charge.paymentId), ['void', 0])
})

test('a charge and its compensation at once leave nothing captured', async () => {
  const charges = Array.from({ length: 20 }, () => newCharge('pm_visa'))
  await Promise.all(
    charges.flatMap((charge) => [
      payments.call('charge', charge).catch(() => null),
      payments.call('refundOrder', undoing(charge)).catch(() => payments.call('refundOrder', undoing(charge))),
    ]),
  )
  for (const charge of charges) {
    await payments.call('refundOrder', undoing(charge))
    const moves = await movesOf(payments.sandbox, charge)
    assert.equal(
      moves.reduce((sum, [kind, amount]) => sum + (kind === 'capture' ? amount : -amount), 0),
      0,
    )
  }
})

test('a compensation of a charge whose answer was lost asks for it first, then gives it back', async () => {
  const charge = newCharge('pm_timeout')
  await refused(payments.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
  assert.deepEqual(await statusOf(charge.paymentId), ['pending', 0])
  assert.deepEqual((await payments.call('refundOrder', undoing(charge))).data.refunded, usd(1_999))
  assert.deepEqual(await movesOf(payments.sandbox, charge), [
    ['capture', 1_999],
    ['refund', 1_999],
  ])
})

test('a lost answer comes with the repeat of the charge', async () => {
  const charge = newCharge('pm_timeout')
  await refused(payments.call('charge', charge), paymentErrors.PROVIDER_UNAVAILABLE)
  assert.deepEqual((await payments.call('charge', charge)).data.amount, usd(1_999))
  assert.deepEqual(await movesOf(payments.sandbox, charge), [['capture', 1_999]])
})

test('refused refunds are recorded, and the compensation goes on until the money is back', async () => {
  const charge = newCharge('pm_refund_fails')
  await payments.call('charge', charge)
  for (let i = 0; i < 3; i++) {
    await refused(payments.call('refundOrder', undoing(charge)), paymentErrors.REFUND_DELAYED)
    assert.deepEqual(await statusOf(charge.paymentId), ['captured', 0])
  }
  assert.deepEqual((await payments.call('refundOrder', undoing(charge))).data.refunded, usd(1_999))
  const { moves } = (await payments.call('paymentsOfOrder', { orderId: charge.orderId })).data
  assert.deepEqual(
    moves.map(({ kind, status, reason }) => [kind, status, reason]),
    [
      ['charge', 'captured', null],
      ['refund', 'failed', 'refund_failed'],
      ['refund', 'failed', 'refund_failed'],
      ['refund', 'failed', 'refund_failed'],
      ['refund', 'succeeded', 'The order was cancelled.'],
    ],
  )
})

test('an admin refunds in parts, never more than is left; a later cancel gives back the rest', async () => {
  const charge = newCharge('pm_visa')
  const { paymentId } = charge
  await refused(payments.call('refundPayment', { paymentId }, admin), coreErrors.NOT_FOUND)
  await payments.call('charge', charge)
  const call = { ...admin, key: 'refund the scratch' }
  const first = await payments.call('refundPayment', { paymentId, amount: usd(500) }, call)
  const { createdAt, ...refund } = first.data
  assert.deepEqual(refund, { id: refundId(paymentId, 1), paymentId, amount: usd(500), status: 'succeeded' })
  assert.ok(createdAt)
  const repeat = await payments.call('refundPayment', { paymentId, amount: usd(500) }, call)
  assert.deepEqual([repeat.data, repeat.replayed], [first.data, true])
  await refused(payments.call('refundPayment', { paymentId, amount: usd(501) }, call), coreErrors.KEY_REUSED)
  assert.deepEqual(await statusOf(paymentId), ['partially-refunded', 500])

  const tooMuch = payments.call('refundPayment', { paymentId, amount: usd(1_500) }, admin)
  await assert.rejects(tooMuch, {
    code: paymentErrors.REFUND_EXCEEDS_CAPTURE.code,
    details: { requested: usd(1_500), refundable: usd(1_499) },
  })
  assert.deepEqual((await payments.call('refundOrder', undoing(charge))).data.refunded, usd(1_999))
  await refused(payments.call('refundPayment', { paymentId }, admin), paymentErrors.NOT_REFUNDABLE)
  assert.deepEqual(await movesOf(payments.sandbox, charge), [
    ['capture', 1_999],
    ['refund', 500],
    ['refund', 1_499],
  ])
})

test('many admins at once, in two processes, cannot refund more than the capture', async () => {
  await using other = await startPayments({ postgres })
  const charges = Array.from({ length: 20 }, () => newCharge('pm_visa', 1_000))
  // Charged by both, so that both have their connections and their batches meet.
  await Promise.all(charges.map((charge, index) => [payments, other][index % 2]!.call('charge', charge)))
  const refund = (index: number, { paymentId }: { paymentId: string }) =>
    [payments, other][index % 2]!.call('refundPayment', { paymentId, amount: usd(100) }, admin)
  for (const charge of charges) {
    const asks = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => refund(index, charge)))
    assert.equal(asks.filter(({ status }) => status === 'fulfilled').length, 10)
    assert.deepEqual(await statusOf(charge.paymentId), ['refunded', 1_000])
    assert.equal((await movesOf(payments.sandbox, charge)).length, 11)
  }
})

test('a refund that the provider refuses is an answer; a new key is a new attempt', async () => {
  const charge = newCharge('pm_refund_fails')
  const { paymentId } = charge
  await payments.call('charge', charge)
  const call = { ...admin, key: 'first try' }
  for (let i = 0; i < 2; i++)
    await refused(payments.call('refundPayment', { paymentId }, call), paymentErrors.REFUND_REFUSED)
  for (let i = 0; i < 2; i++)
    await refused(payments.call('refundPayment', { paymentId }, admin), paymentErrors.REFUND_REFUSED)
  assert.deepEqual((await payments.call('refundPayment', { paymentId }, admin)).data.status, 'succeeded')
  await refused(payments.call('refundPayment', { paymentId }, admin), paymentErrors.REFUND_EXCEEDS_CAPTURE)
})

test('the books of the service and of the provider can be compared page by page', async () => {
  const charge = newCharge('pm_visa')
  await payments.call('charge', charge)
  const ours = new Map<string, number>()
  for (let cursor: string | null = '', isFirst = true; cursor !== null; isFirst = false) {
    const page: { items: { orderId: string; captured: { amountMinor: number } }[]; nextCursor: string | null } = (
      await payments.call('listCharges', { limit: 7, ...(isFirst ? {} : { cursor }) })
    ).data
    for (const { orderId, captured } of page.items) ours.set(orderId, captured.amountMinor)
    cursor = page.nextCursor
  }
  const { items } = (await payments.call('listProviderEntries', { limit: 1_000 })).data
  const captures = items.filter(({ kind }) => kind === 'capture')
  assert.equal(ours.get(charge.orderId), 1_999)
  assert.ok(captures.length > 5)
  for (const { orderId, amount } of captures) assert.equal(ours.get(orderId), amount.amountMinor, orderId)
})

test('a full batch is charged in few transactions', async () => {
  const charges = Array.from({ length: 300 }, () => newCharge('pm_visa'))
  const started = systemClock.monotonicMs()
  await Promise.all(charges.map((charge) => payments.call('charge', charge)))
  const [row] = await payments.database.query<{ transactions: number }>(
    'SELECT count(DISTINCT xmin::text)::int AS transactions FROM ledger_transfers WHERE transfer_id = ANY($1)',
    [charges.map(({ paymentId }) => paymentId)],
  )
  assert.ok(row!.transactions < 60, `300 charges settled in ${row!.transactions} transactions`)
  assert.ok(systemClock.monotonicMs() - started < 10_000)
})
