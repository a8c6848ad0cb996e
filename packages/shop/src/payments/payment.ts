import { ownerOfId } from 'banyan/core'

/**
 * A payment: at most one charge and the refunds that give it back. One per order; the row is the saga step's outcome,
 * for ever.
 *
 * pending ──→ captured ──→ … refunds
 *    │  ╲──→ declined
 *    ╰─────→ needs-attention ──→ captured | declined   (by a notice, or by hand)
 * void: a compensation came before any charge; no charge will ever begin.
 */
export interface Payment {
  readonly id: string
  readonly userId: string
  readonly amountMinor: bigint
  readonly provider: string
  readonly method: string
  readonly state: PaymentState
  readonly refunds: readonly Refund[]
  /** When a compensation asked for the money: from then on no charge begins. ISO 8601. */
  readonly compensatedAt: string | null
  readonly createdAt: string
  /** Counts its events. */
  readonly version: number
}

export type PaymentState =
  | { readonly status: 'pending' }
  | { readonly status: 'needs-attention' }
  | { readonly status: 'captured'; readonly at: string; readonly providerRef: string | null }
  | { readonly status: 'declined'; readonly at: string; readonly reason: string }
  | { readonly status: 'void'; readonly at: string }

/** pending ──→ succeeded | failed | needs-attention ──→ succeeded | failed. A failed one moved nothing. */
export interface Refund {
  /** 1, 2, 3 … within the payment. */
  readonly number: number
  readonly amountMinor: bigint
  readonly cause: RefundCause
  /** Why the order was cancelled; `null` for an admin's refund. */
  readonly note: string | null
  readonly state: RefundState
  readonly createdAt: string
}

export type RefundCause = 'admin' | 'compensation'

export type RefundState =
  | { readonly status: 'pending' }
  | { readonly status: 'needs-attention' }
  | { readonly status: 'succeeded'; readonly at: string }
  | { readonly status: 'failed'; readonly at: string; readonly reason: string }

/** Most refunds a payment may have, refused ones included. */
export const MAX_REFUNDS = 100

type Opening = Pick<Payment, 'id' | 'userId' | 'amountMinor' | 'provider' | 'method' | 'createdAt'>

/** A payment whose charge is about to be sent. */
export function openPayment(opening: Opening): Payment {
  return { ...opening, state: { status: 'pending' }, refunds: [], compensatedAt: null, version: 0 }
}

/** The tombstone of a payment that was compensated before it began. */
export function voidPayment({ id, userId, provider, createdAt }: Omit<Opening, 'amountMinor' | 'method'>): Payment {
  const opening = { id, userId, provider, createdAt, amountMinor: 0n, method: '' }
  return { ...openPayment(opening), state: { status: 'void', at: createdAt }, compensatedAt: createdAt }
}

/** What is neither given back nor promised to be. */
export function refundableMinor(payment: Payment): bigint {
  return payment.state.status === 'captured'
    ? payment.amountMinor - refundedMinor(payment) - refundingMinor(payment)
    : 0n
}

export function refundedMinor(payment: Payment): bigint {
  return sumRefunds(payment, ['succeeded'])
}

/** Promised but not yet known to be given back. */
export function refundingMinor(payment: Payment): bigint {
  return sumRefunds(payment, ['pending', 'needs-attention'])
}

/** True while the provider's answer about a charge or refund is still to come. */
export function isOpen({ state, refunds }: Payment): boolean {
  return state.status === 'pending' || refunds.some((refund) => refund.state.status === 'pending')
}

/** True while nobody but a person can find out what became of the charge or a refund. */
export function isParked({ state, refunds }: Payment): boolean {
  return state.status === 'needs-attention' || refunds.some((refund) => refund.state.status === 'needs-attention')
}

/** `ref_42_7zk3…_1`: also the provider's idempotency key. */
export function refundId(paymentId: string, number: number): string {
  return `ref${paymentId.slice(paymentId.indexOf('_'))}_${number}`
}

/** The inverse of `refundId`; `null` when it is none. */
export function parseRefundId(id: string): { paymentId: string; number: number } | null {
  const match = REFUND_ID.exec(id)
  const paymentId = match ? `pay${match[1]}` : ''
  return ownerOfId('pay', paymentId) === null ? null : { paymentId, number: Number(match![2]) }
}

const REFUND_ID = /^ref(_\d+_\w{16})_([1-9]\d{0,2})$/

function sumRefunds(payment: Payment, statuses: readonly RefundState['status'][]): bigint {
  let sum = 0n
  for (const refund of payment.refunds) if (statuses.includes(refund.state.status)) sum += refund.amountMinor
  return sum
}
