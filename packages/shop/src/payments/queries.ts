import { type InputOf, type OutputOf, type Reply, reply } from 'banyan/contract'
import { coreErrors, ownerOfId, relatedId } from 'banyan/core'
import type { Database, Shards } from 'banyan/data'
import { orderOfPayment, type payments } from './contract.ts'
import type { PaymentView } from './schemas.ts'
import { toMoney } from './money.ts'
import { refundId } from './payment.ts'
import { type PaymentRow, type RefundRow, toPayment } from './rows.ts'
import { toPaymentView } from './views.ts'

type Operations = typeof payments.operations
type Move = OutputOf<Operations['paymentsOfOrder']>['moves'][number]

/** @throws `api.NOT_FOUND` */
export async function readPayment(shards: Shards, paymentId: string): Promise<Reply<PaymentView>> {
  const row = await findRow(shards, paymentId)
  if (!row) throw coreErrors.NOT_FOUND()
  // Events are counted, but not every change of the status is one.
  const versions = `m${row.version}${row.status}`
  const changedAt = row.changed_at.toISOString()
  return reply(toPaymentView(toPayment(row, []), BigInt(row.refunded_minor)), { versions, changedAt })
}

/** An order's charge and refunds, oldest first. */
export async function readMoves(shards: Shards, orderId: string): Promise<OutputOf<Operations['paymentsOfOrder']>> {
  const paymentId = relatedId('pay', orderId)
  const row = await findRow(shards, paymentId)
  if (!row) return { moves: [] }
  const refunds = await databaseOf(shards, paymentId).query<RefundRow>(FIND_REFUNDS, [row.user_id, paymentId])
  return { moves: [toChargeMove(row), ...refunds.map((refund) => toRefundMove(row, refund))] }
}

/** Every payment, by user and payment id, over all shards. */
export async function listCharges(
  shards: Shards,
  { limit = 100, cursor }: InputOf<Operations['listCharges']>,
): Promise<OutputOf<Operations['listCharges']>> {
  const [userId, paymentId] = cursor === undefined ? ['0', ''] : [ownerOfId('pay', cursor) ?? '0', cursor]
  const pages = await Promise.all(
    shards.all().map((database) => database.query<SummaryRow>(LIST, [userId, paymentId, limit])),
  )
  const rows = pages.flat().toSorted(byKey).slice(0, limit)
  return { items: rows.map(toCharge), nextCursor: rows.length < limit ? null : rows.at(-1)!.payment_id }
}

type SummaryRow = PaymentRow & { readonly refunded_minor: string; readonly changed_at: Date }

async function findRow(shards: Shards, paymentId: string): Promise<SummaryRow | undefined> {
  const userId = ownerOfId('pay', paymentId)
  if (userId === null) return undefined
  const [row] = await databaseOf(shards, paymentId).query<SummaryRow>(FIND, [userId, paymentId])
  return row
}

function databaseOf(shards: Shards, paymentId: string): Database {
  return shards.shard(ownerOfId('pay', paymentId)!)
}

function toChargeMove(row: SummaryRow): Move {
  const { payment_id: id, status, provider, reason, created_at, settled_at } = row
  return {
    kind: 'charge',
    id,
    status,
    provider,
    reason,
    amount: toMoney(BigInt(row.amount_minor)),
    createdAt: created_at.toISOString(),
    settledAt: settled_at?.toISOString() ?? null,
  }
}

function toRefundMove({ payment_id, provider }: SummaryRow, row: RefundRow): Move {
  return {
    kind: 'refund',
    id: refundId(payment_id, row.number),
    status: row.status,
    provider,
    reason: row.reason ?? row.note,
    amount: toMoney(BigInt(row.amount_minor)),
    createdAt: row.created_at.toISOString(),
    settledAt: row.settled_at?.toISOString() ?? null,
  }
}

function toCharge(row: SummaryRow): OutputOf<Operations['listCharges']>['items'][number] {
  const { payment_id: paymentId, user_id: userId, status, provider } = row
  const amount = toMoney(BigInt(row.amount_minor))
  return {
    orderId: orderOfPayment(paymentId),
    paymentId,
    userId,
    status,
    provider,
    amount,
    captured: status === 'captured' ? amount : toMoney(0n),
    refunded: toMoney(BigInt(row.refunded_minor)),
  }
}

function byKey(a: SummaryRow, b: SummaryRow): number {
  if (a.user_id !== b.user_id) return BigInt(a.user_id) < BigInt(b.user_id) ? -1 : 1
  return a.payment_id < b.payment_id ? -1 : 1
}

const FIND = `
  SELECT user_id, payment_id, status, amount_minor, refunded_minor, provider, method, provider_ref, reason,
         compensated_at, refund_count, version, created_at, settled_at, changed_at
  FROM payments WHERE user_id = $1 AND payment_id = $2`

const FIND_REFUNDS = `
  SELECT payment_id, number, amount_minor, status, cause, note, reason, created_at, settled_at
  FROM refunds WHERE user_id = $1 AND payment_id = $2 ORDER BY number`

const LIST = `
  SELECT user_id, payment_id, status, amount_minor, refunded_minor, provider, method, provider_ref, reason,
         compensated_at, refund_count, version, created_at, settled_at, changed_at
  FROM payments WHERE (user_id, payment_id) > ($1::bigint, $2::text) ORDER BY user_id, payment_id LIMIT $3`
