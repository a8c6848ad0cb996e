import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isError } from 'banyan/core'
import fc from 'fast-check'
import { type Fact, type Step, transition } from './domain.ts'
import { paymentErrors } from './errors.ts'
import { openPayment, type Payment, refundedMinor, refundingMinor } from './payment.ts'

const NOW = '2026-01-15T10:30:00.000Z'
const AMOUNT = 1_000n
const pending = openPayment({
  id: 'pay_42_7zk3m9q2x8c4v6b1',
  userId: '42',
  amountMinor: AMOUNT,
  provider: 'sandbox',
  method: 'pm',
  createdAt: NOW,
})

const number = fc.integer({ min: 1, max: 4 })
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.constant<Fact>({ kind: 'charge-captured', providerRef: null }),
  fc.constant<Fact>({ kind: 'charge-declined', reason: 'no' }),
  fc.constant<Fact>({ kind: 'charge-unresolved' }),
  fc.constant<Fact>({ kind: 'compensation-asked' }),
  fc.record({
    kind: fc.constant('refund-asked' as const),
    amountMinor: fc.bigInt({ min: -1n, max: AMOUNT + 1n }),
    cause: fc.constantFrom('admin' as const, 'compensation' as const),
    note: fc.constant(null),
  }),
  number.map((n): Fact => ({ kind: 'refund-succeeded', number: n })),
  number.map((n): Fact => ({ kind: 'refund-refused', number: n, reason: 'no' })),
  number.map((n): Fact => ({ kind: 'refund-unresolved', number: n })),
)

/** Every fact that can be true, in any order and number; the others are refused and change nothing. */
function live(facts: readonly Fact[]): Step[] {
  const steps: Step[] = []
  let payment: Payment = pending
  for (const one of facts) {
    try {
      const step = transition(payment, one, NOW)
      payment = step.payment
      steps.push(step)
    } catch (error) {
      if (!isError(error, paymentErrors.CONTRADICTION)) throw error
    }
  }
  return steps
}

test('any history: one capture at most, never more back than was captured, the ledger agrees, no gap in the events', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 40 }), (facts) => {
      const steps = live(facts)
      const last = steps.at(-1)?.payment ?? pending
      const transfers = steps.flatMap((step) => step.transfers)
      const captures = transfers.filter(({ credit }) => credit === 'sales')
      const given = transfers.filter(({ debit }) => debit === 'refunds')
      const sum = (moves: typeof transfers) => moves.reduce((total, { amountMinor }) => total + amountMinor, 0n)
      assert.equal(captures.length, last.state.status === 'captured' ? 1 : 0)
      assert.equal(sum(given), refundedMinor(last))
      assert.ok(refundedMinor(last) + refundingMinor(last) <= sum(captures))
      assert.equal(new Set(transfers.map(({ id }) => id)).size, transfers.length, 'each transfer has an id of its own')
      const versions = steps.flatMap((step) => step.events).map(({ version }) => version)
      assert.deepEqual(
        versions,
        versions.map((_, index) => index + 1),
      )
      assert.equal(last.version, versions.length)
    }),
    { numRuns: 3_000 },
  )
})

test('any history twice over: the second telling of the settled facts changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 30 }), (facts) => {
      const told = facts.filter(({ kind }) => kind !== 'refund-asked')
      const first = live(facts).at(-1)?.payment ?? pending
      let payment = first
      for (const one of told) {
        try {
          payment = transition(payment, one, NOW).payment
        } catch (error) {
          if (!isError(error, paymentErrors.CONTRADICTION)) throw error
        }
      }
      if (isFinal(first.state)) assert.deepEqual(payment.state, first.state)
      for (const refund of first.refunds) {
        const now = payment.refunds.find((one) => one.number === refund.number)
        if (isFinal(refund.state)) assert.deepEqual(now?.state, refund.state)
      }
    }),
    { numRuns: 2_000 },
  )
})

function isFinal({ status }: { readonly status: string }): boolean {
  return ['captured', 'declined', 'succeeded', 'failed'].includes(status)
}
