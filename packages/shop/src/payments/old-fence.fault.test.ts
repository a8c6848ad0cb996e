import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sagaErrors } from 'banyan/command'
import type { Call } from 'banyan/contract'
import { relatedId } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../testing/refused.ts'
import type { PaymentProvider } from './providers/provider.ts'
import { movesOf } from './providers/testing/provider-suite.ts'
import { newCharge, type PaymentsFixture, startPayments, undoing } from './testing/payments-fixture.ts'

let postgres: TestPostgres
before(async () => void (postgres = await startTestPostgres({ fsync: false })))
after(() => postgres.stop())

type Charge = ReturnType<typeof newCharge>

/** A step's call as the owner of that fence sends it. */
function step({ orderId }: Charge, name: string, fence: number): Partial<Call> {
  const id = relatedId('checkout', orderId)
  return { principal: { kind: 'service', name: 'orders' }, key: `${id}/${name}`, saga: { id, step: name, fence } }
}

/** Holds the provider's answer to a charge back, after the money was taken. */
function holdAnswers() {
  const [taken, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const wrap = (sandbox: PaymentProvider): PaymentProvider => ({
    ...sandbox,
    async charge(request, signal) {
      const answer = await sandbox.charge(request, signal)
      taken.resolve()
      await goOn.promise
      return answer
    },
  })
  return { wrap, taken: taken.promise, goOn: goOn.resolve }
}

test('taken over while the provider answers: the record of the old owner is refused, the new one has given all back', async () => {
  const charge = newCharge('pm_visa')
  const provider = holdAnswers()
  await using old = await startPayments({ postgres, wrap: provider.wrap, graceMs: 3_600_000 })
  await using next = await startPayments({ postgres, graceMs: 3_600_000 })
  const late = old.call('charge', charge, step(charge, 'charge', 1))
  await provider.taken

  await next.call('refundOrder', undoing(charge), step(charge, 'charge~compensate', 2))
  const settled = await rowsOf(next, charge)
  provider.goOn()
  await refused(late, sagaErrors.FENCED)
  assert.deepEqual(await rowsOf(next, charge), settled, 'the late answer wrote nothing')
  assert.deepEqual(await movesOf(next.sandbox, charge), [
    ['capture', 1_999],
    ['refund', 1_999],
  ])
})

test('taken over while the provider answers: the new owner charges by the same key, and the money moves once', async () => {
  const charge = newCharge('pm_visa')
  const provider = holdAnswers()
  await using old = await startPayments({ postgres, wrap: provider.wrap, graceMs: 3_600_000 })
  await using next = await startPayments({ postgres, graceMs: 3_600_000 })
  const late = old.call('charge', charge, step(charge, 'charge', 1))
  await provider.taken
  assert.equal((await next.call('charge', charge, step(charge, 'charge', 2))).data.amount.amountMinor, 1_999)
  const settled = await rowsOf(next, charge)
  provider.goOn()
  await refused(late, sagaErrors.FENCED)
  assert.deepEqual(await rowsOf(next, charge), settled)
  assert.deepEqual(await movesOf(next.sandbox, charge), [['capture', 1_999]])
})

test('an old owner can neither charge nor give back, before or after the new one has', async () => {
  const charge = newCharge('pm_visa')
  await using payments = await startPayments({ postgres, graceMs: 3_600_000 })
  await payments.call('charge', charge, step(charge, 'charge', 3))
  const settled = await rowsOf(payments, charge)
  for (const fence of [1, 2]) {
    await refused(payments.call('charge', charge, step(charge, 'charge', fence)), sagaErrors.FENCED)
    const undo = payments.call('refundOrder', undoing(charge), step(charge, 'charge~compensate', fence))
    await refused(undo, sagaErrors.FENCED)
  }
  assert.deepEqual(await rowsOf(payments, charge), settled)
})

function rowsOf({ database }: PaymentsFixture, { paymentId }: Charge): Promise<unknown[]> {
  return database.query(
    `SELECT p.status, p.version, p.refunded_minor, r.number, r.status AS refund, l.count
     FROM payments p
     LEFT JOIN refunds r USING (user_id, payment_id)
     CROSS JOIN (SELECT count(*)::int FROM banyan_log WHERE aggregate_id = $1) l
     WHERE p.payment_id = $1 ORDER BY r.number`,
    [paymentId],
  )
}
