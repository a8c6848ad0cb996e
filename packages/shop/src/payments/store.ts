import type { Session, Writer } from 'banyan/data'
import type { Step } from './domain.ts'
import { type Payment, type Refund, refundedMinor, refundingMinor } from './payment.ts'
import { toPayment, toRefund, type PaymentRow, type RefundRow } from './rows.ts'

/** The payments that a batch works on, as its earlier items left them. */
export interface PaymentBook {
  readonly payments: Map<string, Payment>
  /** Ids that have a row already. */
  readonly stored: ReadonlySet<string>
}

export interface PaymentKey {
  readonly userId: string
  readonly paymentId: string
}

export interface PaymentStore {
  /** Locks and reads: one statement, a second one only for payments that have refunds. */
  load(tx: Session, keys: readonly PaymentKey[]): Promise<PaymentBook>
  /** Carries a step into the book, for the items of the batch that follow. */
  evolve(book: PaymentBook, step: Step): void
  /**
   * Writes what the steps of a batch came to: at most four statements, in practice one to begin charges and two to
   * settle them. Inserts are plain on purpose. The platform keeps a saga's steps apart, so nobody else makes the same
   * row meanwhile; should a stranger do it (a tombstone beside a charge), one of the two fails and its repeat sees it,
   * where ON CONFLICT would have answered for a row that it never read.
   */
  save(tx: Writer, steps: readonly Step[], book: PaymentBook): void
}

/** `graceMs`: how old an open charge or refund is when the resolver first looks at it. */
export function createPaymentStore({ graceMs }: { readonly graceMs: number }): PaymentStore {
  return {
    load: loadPayments,
    evolve: (book, { payment }) => void book.payments.set(payment.id, payment),
    save(tx, steps, book) {
      const changed = [...new Map(steps.map(({ payment }) => [payment.id, payment])).values()]
      const isNew = ({ id }: Payment) => !book.stored.has(id)
      insertPayments(tx, changed.filter(isNew), graceMs)
      updatePayments(
        tx,
        changed.filter((payment) => !isNew(payment)),
      )
      upsertRefunds(tx, steps, graceMs)
      insertTransfers(tx, steps)
    },
  }
}

async function loadPayments(tx: Session, keys: readonly PaymentKey[]): Promise<PaymentBook> {
  const rows = await tx.query<PaymentRow>(LOAD, [keys.map((key) => key.userId), keys.map((key) => key.paymentId)])
  const refunds = await loadRefunds(
    tx,
    rows.filter((row) => row.refund_count > 0),
  )
  const payments = rows.map((row) => toPayment(row, refunds.get(row.payment_id) ?? []))
  return {
    payments: new Map(payments.map((payment) => [payment.id, payment])),
    stored: new Set(rows.map((row) => row.payment_id)),
  }
}

async function loadRefunds(tx: Session, payments: readonly PaymentRow[]): Promise<Map<string, Refund[]>> {
  const byPayment = new Map<string, Refund[]>()
  if (payments.length === 0) return byPayment
  const rows = await tx.query<RefundRow>(LOAD_REFUNDS, [
    payments.map((row) => row.user_id),
    payments.map((row) => row.payment_id),
  ])
  for (const row of rows) byPayment.set(row.payment_id, [...(byPayment.get(row.payment_id) ?? []), toRefund(row)])
  return byPayment
}

function insertPayments(tx: Writer, payments: readonly Payment[], graceMs: number): void {
  if (payments.length === 0) return
  tx.execute(INSERT, [
    payments.map((payment) => payment.userId),
    payments.map((payment) => payment.id),
    payments.map((payment) => payment.state.status),
    payments.map((payment) => payment.amountMinor),
    payments.map((payment) => payment.provider),
    payments.map((payment) => payment.method),
    payments.map((payment) => payment.compensatedAt),
    payments.map((payment) => payment.createdAt),
    payments.map(settledAt),
    graceMs,
  ])
}

function updatePayments(tx: Writer, payments: readonly Payment[]): void {
  if (payments.length === 0) return
  tx.execute(UPDATE, [
    payments.map((payment) => payment.userId),
    payments.map((payment) => payment.id),
    payments.map((payment) => payment.state.status),
    payments.map(refundedMinor),
    payments.map(refundingMinor),
    payments.map(({ state }) => (state.status === 'captured' ? state.providerRef : null)),
    payments.map(({ state }) => (state.status === 'declined' ? state.reason : null)),
    payments.map((payment) => payment.compensatedAt),
    payments.map((payment) => payment.refunds.length),
    payments.map((payment) => payment.version),
    payments.map(settledAt),
  ])
}

function upsertRefunds(tx: Writer, steps: readonly Step[], graceMs: number): void {
  const entries = steps.flatMap(({ payment, refunds }) =>
    refunds.map((refund) => [`${payment.id} ${refund.number}`, { payment, refund }] as const),
  )
  if (entries.length === 0) return
  const changes = [...new Map(entries).values()]
  tx.execute(UPSERT_REFUNDS, [
    changes.map(({ payment }) => payment.userId),
    changes.map(({ payment }) => payment.id),
    changes.map(({ refund }) => refund.number),
    changes.map(({ refund }) => refund.amountMinor),
    changes.map(({ refund }) => refund.state.status),
    changes.map(({ refund }) => refund.cause),
    changes.map(({ refund }) => refund.note),
    changes.map(({ refund: { state } }) => (state.status === 'failed' ? state.reason : null)),
    changes.map(({ refund }) => refund.createdAt),
    changes.map(({ refund: { state } }) => ('at' in state ? state.at : null)),
    graceMs,
  ])
}

function insertTransfers(tx: Writer, steps: readonly Step[]): void {
  const transfers = steps.flatMap((step) => step.transfers)
  if (transfers.length === 0) return
  tx.execute(INSERT_TRANSFERS, [
    transfers.map((transfer) => transfer.userId),
    transfers.map((transfer) => transfer.id),
    transfers.map((transfer) => transfer.debit),
    transfers.map((transfer) => transfer.credit),
    transfers.map((transfer) => transfer.amountMinor),
    transfers.map((transfer) => transfer.at),
  ])
}

function settledAt({ state }: Payment): string | null {
  return 'at' in state ? state.at : null
}

const LOAD = `
  SELECT user_id, payment_id, status, amount_minor, provider, method, provider_ref, reason, compensated_at,
         refund_count, version, created_at, settled_at
  FROM payments
  WHERE (user_id, payment_id) IN (SELECT * FROM unnest($1::bigint[], $2::text[]))
  ORDER BY user_id, payment_id
  FOR NO KEY UPDATE`

const LOAD_REFUNDS = `
  SELECT payment_id, number, amount_minor, status, cause, note, reason, created_at, settled_at
  FROM refunds
  WHERE (user_id, payment_id) IN (SELECT * FROM unnest($1::bigint[], $2::text[]))
  ORDER BY payment_id, number`

const INSERT = `
  INSERT INTO payments (user_id, payment_id, status, amount_minor, provider, method, compensated_at, created_at,
                        changed_at, settled_at, retry_at)
  SELECT user_id, payment_id, status, amount_minor, provider, method, compensated_at, created_at, created_at,
         settled_at, created_at + $10 * interval '1 millisecond'
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[],
              $8::timestamptz[], $9::timestamptz[])
    AS new (user_id, payment_id, status, amount_minor, provider, method, compensated_at, created_at, settled_at)`

const UPDATE = `
  UPDATE payments
  SET status = new.status, refunded_minor = new.refunded_minor, refunding_minor = new.refunding_minor,
      provider_ref = new.provider_ref, reason = new.reason, compensated_at = new.compensated_at,
      refund_count = new.refund_count, version = new.version, settled_at = new.settled_at,
      changed_at = now()
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
              $8::timestamptz[], $9::smallint[], $10::int[], $11::timestamptz[])
    AS new (user_id, payment_id, status, refunded_minor, refunding_minor, provider_ref, reason, compensated_at,
            refund_count, version, settled_at)
  WHERE payments.user_id = new.user_id AND payments.payment_id = new.payment_id`

const UPSERT_REFUNDS = `
  INSERT INTO refunds (user_id, payment_id, number, amount_minor, status, cause, note, reason, created_at, settled_at,
                       retry_at)
  SELECT user_id, payment_id, number, amount_minor, status, cause, note, reason, created_at, settled_at,
         created_at + $11 * interval '1 millisecond'
  FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::timestamptz[], $10::timestamptz[])
    AS new (user_id, payment_id, number, amount_minor, status, cause, note, reason, created_at, settled_at)
  ON CONFLICT (user_id, payment_id, number)
    DO UPDATE SET status = excluded.status, reason = excluded.reason, settled_at = excluded.settled_at`

const INSERT_TRANSFERS = `
  INSERT INTO ledger_transfers (user_id, transfer_id, debit, credit, amount_minor, recorded_at)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[])`
