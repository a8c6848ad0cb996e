import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isError } from 'banyan/core'
import { advance, type Fact, type Step, transition } from './domain.ts'
import { paymentErrors } from './errors.ts'
import {
  openPayment,
  parseRefundId,
  type Payment,
  refundableMinor,
  refundedMinor,
  refundId,
  refundingMinor,
  voidPayment,
} from './payment.ts'

const NOW = '2026-01-15T10:30:00.000Z'
const id = 'pay_42_7zk3m9q2x8c4v6b1'
const pending = openPayment({
  id,
  userId: '42',
  amountMinor: 1_000n,
  provider: 'sandbox',
  method: 'pm',
  createdAt: NOW,
})
const captured: Fact = { kind: 'charge-captured', providerRef: 'pi_1' }
const declined: Fact = { kind: 'charge-declined', reason: 'card_declined' }
const asked = (amountMinor: bigint): Fact => ({ kind: 'refund-asked', amountMinor, cause: 'admin', note: null })
const after = (...facts: Fact[]): Step => advance(pending, facts, NOW)
const contradicts = (work: () => unknown) => assert.throws(work, (error) => isError(error, paymentErrors.CONTRADICTION))

test('pending, then captured: one transfer, one event', () => {
  const { payment, transfers, events } = after(captured)
  assert.deepEqual(payment.state, { status: 'captured', at: NOW, providerRef: 'pi_1' })
  assert.deepEqual(transfers, [
    { id, userId: '42', amountMinor: 1_000n, at: NOW, debit: 'provider_clearing', credit: 'sales' },
  ])
  assert.deepEqual(
    events.map(({ type, version, payload }) => ({ type, version, payload })),
    [
      {
        type: 'payments.payment-captured.v1',
        version: 1,
        payload: {
          paymentId: id,
          orderId: 'ord_42_7zk3m9q2x8c4v6b1',
          userId: '42',
          amount: { amountMinor: 1_000, currency: 'USD' },
        },
      },
    ],
  )
})

test('pending, then declined: an event and no transfer', () => {
  const { payment, transfers, events } = after(declined)
  assert.deepEqual(payment.state, { status: 'declined', at: NOW, reason: 'card_declined' })
  assert.deepEqual([transfers.length, events[0]!.type], [0, 'payments.payment-declined.v1'])
})

test('what is known already changes nothing', () => {
  const compensated: Fact = { kind: 'compensation-asked' }
  const histories: Fact[][] = [
    [captured],
    [declined],
    [compensated],
    [captured, asked(400n), { kind: 'refund-succeeded', number: 1 }],
    [captured, asked(400n), { kind: 'refund-refused', number: 1, reason: 'no' }],
  ]
  for (const history of histories) {
    const { payment } = after(...history)
    const again = transition(payment, history.at(-1)!, NOW)
    assert.equal(again.payment, payment)
    assert.deepEqual([again.refunds, again.transfers, again.events], [[], [], []])
  }
})

test('what cannot be true beside what is known is a contradiction', () => {
  const tombstone = voidPayment({ id, userId: '42', provider: 'sandbox', createdAt: NOW })
  contradicts(() => after(captured, declined))
  contradicts(() => after(declined, captured))
  contradicts(() => transition(tombstone, captured, NOW))
  contradicts(() => transition(tombstone, declined, NOW))
  contradicts(() => after(captured, { kind: 'refund-succeeded', number: 1 }))
  contradicts(() =>
    after(
      captured,
      asked(1n),
      { kind: 'refund-refused', number: 1, reason: 'no' },
      { kind: 'refund-succeeded', number: 1 },
    ),
  )
  contradicts(() =>
    after(
      captured,
      asked(1n),
      { kind: 'refund-succeeded', number: 1 },
      { kind: 'refund-refused', number: 1, reason: 'no' },
    ),
  )
})

test('refunds are bounded by the capture; a refused one is free again', () => {
  contradicts(() => after(asked(1n)))
  contradicts(() => after(captured, asked(1_001n)))
  contradicts(() => after(captured, asked(600n), asked(401n)))
  contradicts(() => after(captured, asked(0n)))
  const sums = ({ payment }: Step) => [refundedMinor(payment), refundingMinor(payment), refundableMinor(payment)]
  const open = after(captured, asked(600n))
  assert.deepEqual(sums(open), [0n, 600n, 400n])
  assert.deepEqual(sums(advance(open.payment, [{ kind: 'refund-succeeded', number: 1 }], NOW)), [600n, 0n, 400n])
  assert.deepEqual(sums(advance(open.payment, [{ kind: 'refund-unresolved', number: 1 }], NOW)), [0n, 600n, 400n])
  const refused = advance(open.payment, [{ kind: 'refund-refused', number: 1, reason: 'no' }], NOW)
  assert.deepEqual(sums(refused), [0n, 0n, 1_000n])
})

test('a parked charge or refund is settled by whoever learns the truth, and parked only while it is open', () => {
  const parked = after({ kind: 'charge-unresolved' })
  assert.equal(parked.payment.state.status, 'needs-attention')
  assert.equal(transition(parked.payment, captured, NOW).payment.state.status, 'captured')
  assert.equal(after(captured, { kind: 'charge-unresolved' }).payment.state.status, 'captured')
  const unresolved: Fact = { kind: 'refund-unresolved', number: 1 }
  const refund = ({ payment }: { payment: Payment }) => payment.refunds[0]!.state.status
  assert.equal(refund(after(captured, asked(5n), unresolved)), 'needs-attention')
  assert.equal(refund(after(captured, asked(5n), unresolved, { kind: 'refund-succeeded', number: 1 })), 'succeeded')
  assert.equal(refund(after(captured, asked(5n), { kind: 'refund-succeeded', number: 1 }, unresolved)), 'succeeded')
})

test('a refund id leads back to its payment and nothing else does', () => {
  assert.deepEqual(parseRefundId(refundId(id, 12)), { paymentId: id, number: 12 })
  for (const text of [
    '',
    id,
    `${refundId(id, 1)}0000`,
    'ref_0_7zk3m9q2x8c4v6b1_1',
    'ref_42_short_1',
    `${refundId(id, 0)}`,
  ])
    assert.equal(parseRefundId(text), null, text)
})
