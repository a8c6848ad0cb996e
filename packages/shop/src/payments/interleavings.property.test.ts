import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Call } from 'banyan/contract'
import { isDeclared, relatedId } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import fc from 'fast-check'
import { refundId } from './payment.ts'
import type { Notice } from './providers/provider.ts'
import { createFaultyProvider, type Fault } from './providers/testing/faulty-provider.ts'
import { movesOf } from './providers/testing/provider-suite.ts'
import { admin, newCharge, type PaymentsFixture, startPayments, undoing } from './testing/payments-fixture.ts'

let postgres: TestPostgres
let payments: PaymentsFixture
let faults: Fault[] = []
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  const wrap = (sandbox: PaymentsFixture['sandbox']) => createFaultyProvider(sandbox, () => faults.pop() ?? 'none')
  payments = await startPayments({ postgres, wrap, graceMs: 3_600_000 })
})
after(async () => {
  await payments[Symbol.asyncDispose]()
  await postgres.stop()
})

type Charge = ReturnType<typeof newCharge>

const ACTIONS = {
  charge: (charge: Charge) => payments.call('charge', charge, step(charge, 'charge')),
  compensate: (charge: Charge) => payments.call('refundOrder', undoing(charge), step(charge, 'charge~compensate')),
  async cancel(charge: Charge) {
    // The saga that cancels begins only after the order was confirmed: its payment exists.
    const { moves } = (await payments.call('paymentsOfOrder', { orderId: charge.orderId })).data
    if (moves.length > 0) await payments.call('refundOrder', undoing(charge), step(charge, 'refund', 'cancel'))
  },
  refund: ({ paymentId }: Charge) =>
    payments.call('refundPayment', { paymentId, amount: { amountMinor: 300, currency: 'USD' } }, admin),
  refundSameKey: ({ paymentId }: Charge) => payments.call('refundPayment', { paymentId }, { ...admin, key: paymentId }),
  resolve: ({ paymentId }: Charge) => payments.call('resolvePayment', { paymentId }),
  notice: async (charge: Charge) => {
    // A provider only tells what happened.
    for (const notice of await truth(charge)) await payments.notify(notice)
  },
} satisfies Record<string, (charge: Charge) => Promise<unknown>>

/** As the checkout and the cancellation of one order call: two sagas, each with one attempt at a time. */
function step({ orderId }: Charge, name: string, saga = 'checkout'): Partial<Call> {
  const id = relatedId(saga, orderId)
  return { key: `${id}/${name}`, saga: { id, step: name, fence: 1 } }
}

async function truth(charge: Charge): Promise<Notice[]> {
  const { paymentId } = charge
  const moves = await movesOf(payments.sandbox, charge)
  return moves.map(([kind, amountMinor], index): Notice =>
    kind === 'capture'
      ? { kind: 'captured', paymentId, amountMinor, providerRef: null }
      : { kind: 'refunded', refundId: refundId(paymentId, index), amountMinor },
  )
}

const scenario = fc.record({
  method: fc.constantFrom('pm_visa', 'pm_visa', 'pm_timeout', 'pm_error', 'pm_refund_fails', 'pm_declined'),
  // Each inner list runs at once.
  rounds: fc.array(fc.array(fc.constantFrom(...(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[])), { maxLength: 4 }), {
    minLength: 1,
    maxLength: 6,
  }),
  faults: fc.array(fc.constantFrom<Fault>('none', 'lose-request', 'lose-answer'), { maxLength: 12 }),
})

test('any interleaving of charges, cancels, refunds, notices, repeats and lost answers', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ method, rounds, faults: planned }) => {
      const charge = newCharge(method, 1_000)
      faults = [...planned]
      for (const round of rounds) await Promise.all(round.map((action) => tolerate(() => ACTIONS[action](charge))))
      faults = []
      await checkBooks(charge)
      await settleAll(charge)
      const { data } = await payments.call('refundOrder', undoing(charge))
      assert.equal(await checkBooks(charge), 0, 'a cancelled order has a net of zero')
      const refunded = (await payments.call('getPayment', { paymentId: charge.paymentId })).data.refunded
      assert.deepEqual(data.refunded, refunded)
    }),
    { numRuns: 60, endOnFailure: false },
  )
  const { findings } = (await payments.call('audit', {})).data
  assert.deepEqual(
    findings.filter(({ ok }) => !ok),
    [],
  )
})

/** One capture at most, and never more back than was captured. Answers the net. */
async function checkBooks(charge: Charge): Promise<number> {
  const moves = await movesOf(payments.sandbox, charge)
  const captured = moves.filter(([kind]) => kind === 'capture')
  const net = moves.reduce((sum, [kind, amount]) => sum + (kind === 'capture' ? amount : -amount), 0)
  assert.ok(captured.length <= 1, `${captured.length} captures`)
  assert.ok(net >= 0, `net ${net}`)
  return net
}

/** Repeats the compensation as a saga does, until it is done. */
async function settleAll(charge: Charge): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await tolerate(() => payments.call('refundOrder', undoing(charge)))) return
  }
}

/** Declared errors are answers; anything else is a bug. Answers whether it went through. */
async function tolerate(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (isDeclared(error) && error.code !== 'api.INTERNAL') return false
    throw error
  }
}
