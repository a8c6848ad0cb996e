import type { Payment, PaymentState, Refund, RefundCause, RefundState } from './payment.ts'

/** A row of `payments`; bigint arrives as text. */
export interface PaymentRow {
  readonly user_id: string
  readonly payment_id: string
  readonly status: PaymentState['status']
  readonly amount_minor: string
  readonly provider: string
  readonly method: string
  readonly provider_ref: string | null
  readonly reason: string | null
  readonly compensated_at: Date | null
  readonly refund_count: number
  readonly version: number
  readonly created_at: Date
  readonly settled_at: Date | null
}

export interface RefundRow {
  readonly payment_id: string
  readonly number: number
  readonly amount_minor: string
  readonly status: RefundState['status']
  readonly cause: RefundCause
  readonly note: string | null
  readonly reason: string | null
  readonly created_at: Date
  readonly settled_at: Date | null
}

export function toPayment(row: PaymentRow, refunds: readonly Refund[]): Payment {
  return {
    id: row.payment_id,
    userId: row.user_id,
    amountMinor: BigInt(row.amount_minor),
    provider: row.provider,
    method: row.method,
    state: toPaymentState(row),
    refunds,
    compensatedAt: row.compensated_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    version: row.version,
  }
}

export function toRefund(row: RefundRow): Refund {
  return {
    number: row.number,
    amountMinor: BigInt(row.amount_minor),
    cause: row.cause,
    note: row.note,
    state: toRefundState(row),
    createdAt: row.created_at.toISOString(),
  }
}

// The table's CHECKs promise that a settled row has its time and a declined or failed one its reason.
function toPaymentState(row: PaymentRow): PaymentState {
  switch (row.status) {
    case 'pending':
    case 'needs-attention':
      return { status: row.status }
    case 'captured':
      return { status: row.status, at: row.settled_at!.toISOString(), providerRef: row.provider_ref }
    case 'declined':
      return { status: row.status, at: row.settled_at!.toISOString(), reason: row.reason! }
    case 'void':
      return { status: row.status, at: row.settled_at!.toISOString() }
  }
}

function toRefundState(row: RefundRow): RefundState {
  switch (row.status) {
    case 'pending':
    case 'needs-attention':
      return { status: row.status }
    case 'succeeded':
      return { status: row.status, at: row.settled_at!.toISOString() }
    case 'failed':
      return { status: row.status, at: row.settled_at!.toISOString(), reason: row.reason! }
  }
}
