import type { Database } from 'banyan/data'
import type { ChargeRequest, EntryPage, ProviderEntry, RefundRequest } from '../provider.ts'
import type { ChargeRow, RefundRow } from './book-rows.ts'
import { decideRefunds } from './refund-rules.ts'

/** Counts each request and answers what came of it, in the order of the requests: one statement, its own commit. */
export async function bookCharges(database: Database, requests: readonly ChargeRequest[]): Promise<ChargeRow[]> {
  // One key twice in one batch is one request: a statement may touch a row only once.
  const distinct = [...new Map(requests.map((request) => [request.paymentId, request])).values()]
  const rows = await database.query<ChargeRow>(BOOK_CHARGES, [
    distinct.map((request) => request.paymentId),
    distinct.map((request) => request.orderId),
    distinct.map((request) => request.amountMinor),
    distinct.map((request) => request.method),
  ])
  const byKey = new Map(rows.map((row) => [row.key, row]))
  return requests.map((request) => byKey.get(request.paymentId)!)
}

/** Books refunds under their charges' locks; a known key answers as it did before. */
export function bookRefunds(database: Database, requests: readonly RefundRequest[]): Promise<RefundRow[]> {
  return database.transaction(async (tx) => {
    const keys = [requests.map((request) => request.paymentId)]
    const charges = await tx.query<ChargeRow>(LOCK_CHARGES, keys)
    const known = await tx.query<RefundRow>(FIND_REFUNDS, keys)
    const { added, answers } = decideRefunds(charges, known, requests)
    if (added.length > 0) {
      tx.execute(BOOK_REFUNDS, [
        added.map((row) => row.key),
        added.map((row) => row.charge_key),
        added.map((row) => row.order_id),
        added.map((row) => row.amount_minor),
        added.map((row) => row.refused),
      ])
    }
    return answers
  })
}

export async function findCharge(database: Database, key: string): Promise<ChargeRow | null> {
  const [row] = await database.query<ChargeRow>(FIND_CHARGE, [key])
  return row ?? null
}

export async function readEntries(database: Database, { cursor, limit }: EntryPage): Promise<ProviderEntry[]> {
  const rows = await database.query<EntryRow>(READ_ENTRIES, [cursor ?? '', limit])
  return rows.map(({ id, order_id: orderId, payment_id: paymentId, kind, amount_minor, at }) => {
    return { id, orderId, paymentId, kind, amountMinor: Number(amount_minor), at: at.toISOString() }
  })
}

interface EntryRow {
  readonly id: string
  readonly order_id: string
  readonly payment_id: string
  readonly kind: 'capture' | 'refund'
  readonly amount_minor: string
  readonly at: Date
}

const BOOK_CHARGES = `
  INSERT INTO charges (key, order_id, amount_minor, method)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS new (key, order_id, amount_minor, method)
  ORDER BY key
  ON CONFLICT (key) DO UPDATE SET attempts = charges.attempts + 1, at = now()
  RETURNING key, amount_minor, method, attempts, outcome`

const LOCK_CHARGES = `
  SELECT key, amount_minor, method, attempts, outcome FROM charges WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE`

const FIND_REFUNDS = `
  SELECT key, charge_key, order_id, amount_minor, refused FROM refunds WHERE charge_key = ANY($1::text[])`

const BOOK_REFUNDS = `
  INSERT INTO refunds (key, charge_key, order_id, amount_minor, refused)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])`

const FIND_CHARGE = `SELECT key, amount_minor, method, attempts, outcome FROM charges WHERE key = $1`

const READ_ENTRIES = `
  SELECT id, order_id, payment_id, kind, amount_minor, at FROM entries WHERE id > $1 ORDER BY id LIMIT $2`
