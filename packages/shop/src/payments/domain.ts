import type { NewEvent } from 'banyan/log'
import { paymentErrors } from './errors.ts'
import { capturedEvent, declinedEvent, refundedEvent } from './events.ts'
import { captureTransfer, refundTransfer, type Transfer } from './ledger.ts'
import { refundableMinor, refundId, type Payment, type Refund, type RefundCause, type RefundState } from './payment.ts'

/** What happened to a payment, whoever says so: the provider's answer, its notice, a saga, an admin. */
export type Fact =
  | { readonly kind: 'charge-captured'; readonly providerRef: string | null }
  | { readonly kind: 'charge-declined'; readonly reason: string }
  | { readonly kind: 'charge-unresolved' }
  | { readonly kind: 'compensation-asked' }
  | {
      readonly kind: 'refund-asked'
      readonly amountMinor: bigint
      readonly cause: RefundCause
      readonly note: string | null
    }
  | { readonly kind: 'refund-succeeded'; readonly number: number }
  | { readonly kind: 'refund-refused'; readonly number: number; readonly reason: string }
  | { readonly kind: 'refund-unresolved'; readonly number: number }

/** A payment after a fact, with what the fact leaves behind. */
export interface Step {
  readonly payment: Payment
  /** Refunds that were made or changed. */
  readonly refunds: readonly Refund[]
  readonly transfers: readonly Transfer[]
  readonly events: readonly NewEvent[]
}

/**
 * The one place where a payment changes. A fact that is known already changes nothing, so answers, notices and
 * repeats may come in any order and number.
 * @throws `payments.CONTRADICTION` when the fact cannot be true beside what is known.
 */
export function transition(payment: Payment, fact: Fact, now: string): Step {
  switch (fact.kind) {
    case 'charge-captured':
      return capture(payment, fact.providerRef, now)
    case 'charge-declined':
      return decline(payment, fact.reason, now)
    case 'charge-unresolved':
      return payment.state.status === 'pending'
        ? step({ ...payment, state: { status: 'needs-attention' } })
        : step(payment)
    case 'compensation-asked':
      return step(payment.compensatedAt === null ? { ...payment, compensatedAt: now } : payment)
    case 'refund-asked':
      return askRefund(payment, fact, now)
    case 'refund-succeeded':
      return succeedRefund(payment, fact.number, now)
    case 'refund-refused':
      return refuseRefund(payment, fact, now)
    case 'refund-unresolved':
      return parkRefund(payment, findRefund(payment, fact))
  }
}

/** Several facts, one after another. */
export function advance(payment: Payment, facts: readonly Fact[], now: string): Step {
  return facts.reduce((before, fact) => followedBy(before, transition(before.payment, fact, now)), step(payment))
}

function capture(payment: Payment, providerRef: string | null, now: string): Step {
  const { id, userId, amountMinor, state } = payment
  if (state.status === 'captured') return step(payment)
  if (state.status === 'declined' || state.status === 'void') throw contradiction(payment, 'captured')
  const captured: Payment = {
    ...payment,
    state: { status: 'captured', at: now, providerRef },
    version: payment.version + 1,
  }
  return step(captured, {
    transfers: [captureTransfer({ id, userId, amountMinor, at: now })],
    events: [capturedEvent(captured)],
  })
}

function decline(payment: Payment, reason: string, now: string): Step {
  const { status } = payment.state
  if (status === 'declined') return step(payment)
  if (status === 'captured' || status === 'void') throw contradiction(payment, 'declined')
  const declined: Payment = {
    ...payment,
    state: { status: 'declined', at: now, reason },
    version: payment.version + 1,
  }
  return step(declined, { events: [declinedEvent(declined, reason)] })
}

function askRefund(payment: Payment, fact: Fact & { kind: 'refund-asked' }, now: string): Step {
  const { amountMinor, cause, note } = fact
  if (amountMinor < 1n || amountMinor > refundableMinor(payment))
    throw contradiction(payment, `${amountMinor} refunded`)
  const number = payment.refunds.length + 1
  const refund: Refund = { number, amountMinor, cause, note, state: { status: 'pending' }, createdAt: now }
  return step({ ...payment, refunds: [...payment.refunds, refund] }, { refunds: [refund] })
}

function succeedRefund(payment: Payment, number: number, now: string): Step {
  const refund = findRefund(payment, { kind: 'refund-succeeded', number })
  if (refund.state.status === 'succeeded') return step(payment)
  if (refund.state.status === 'failed') throw contradiction(payment, `refund ${number} succeeded`)
  const { payment: changed, refunds } = replaceRefund(payment, refund, { status: 'succeeded', at: now })
  const refunded = { ...changed, version: changed.version + 1 }
  const { userId } = payment
  const id = refundId(payment.id, number)
  return step(refunded, {
    refunds,
    transfers: [refundTransfer({ id, userId, amountMinor: refund.amountMinor, at: now })],
    events: [refundedEvent(refunded, refund)],
  })
}

function refuseRefund(payment: Payment, fact: Fact & { kind: 'refund-refused' }, now: string): Step {
  const refund = findRefund(payment, fact)
  if (refund.state.status === 'failed') return step(payment)
  if (refund.state.status === 'succeeded') throw contradiction(payment, `refund ${fact.number} refused`)
  return replaceRefund(payment, refund, { status: 'failed', at: now, reason: fact.reason })
}

function parkRefund(payment: Payment, refund: Refund): Step {
  return refund.state.status === 'pending'
    ? replaceRefund(payment, refund, { status: 'needs-attention' })
    : step(payment)
}

function replaceRefund(payment: Payment, refund: Refund, state: RefundState): Step {
  const changed = { ...refund, state }
  return step(
    { ...payment, refunds: payment.refunds.map((one) => (one.number === refund.number ? changed : one)) },
    { refunds: [changed] },
  )
}

function findRefund(payment: Payment, fact: Fact & { number: number }): Refund {
  const refund = payment.refunds.find((one) => one.number === fact.number)
  if (!refund) throw contradiction(payment, `${fact.kind} for refund ${fact.number}, which is not known`)
  return refund
}

function step(payment: Payment, more: Partial<Omit<Step, 'payment'>> = {}): Step {
  return { payment, refunds: [], transfers: [], events: [], ...more }
}

function followedBy(first: Step, second: Step): Step {
  return {
    payment: second.payment,
    refunds: [...first.refunds, ...second.refunds],
    transfers: [...first.transfers, ...second.transfers],
    events: [...first.events, ...second.events],
  }
}

function contradiction(payment: Payment, fact: string): Error {
  return paymentErrors.CONTRADICTION({ paymentId: payment.id, status: payment.state.status, fact })
}
