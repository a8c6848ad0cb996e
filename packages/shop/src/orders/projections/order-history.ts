import type { Transaction } from 'banyan/data'
import type { ProjectionDefinition } from 'banyan/events'
import { foldHistory, HISTORY_TYPES } from './history-documents.ts'

/** A user's orders with payment, names and refunds, as documents. Whichever log is ahead, the end is the same. */
export const orderHistory: ProjectionDefinition = {
  name: 'orders.order-history',
  types: HISTORY_TYPES,
  table: 'order_history',
  apply(tx, table, events) {
    mergeParts(tx, table, foldHistory(events))
    return Promise.resolve()
  },
}

function mergeParts(tx: Transaction, table: string, parts: ReturnType<typeof foldHistory>): void {
  tx.execute(MERGE(table), [
    parts.map((part) => part.userId),
    parts.map((part) => part.rowId),
    parts.map((part) => JSON.stringify(part.document)).join('\n'),
    parts.map((part) => part.updatedAt),
  ])
}

// The table is the live or the rebuilt one. Documents travel as one text: see appendEvents in banyan/log.
const MERGE = (table: string) => `
  INSERT INTO ${table} AS known (user_id, order_id, document, updated_at)
  SELECT user_id, order_id, document::jsonb, updated_at
  FROM unnest($1::bigint[], $2::text[], string_to_array($3::text, E'\\n'), $4::timestamptz[])
    AS part (user_id, order_id, document, updated_at)
  ON CONFLICT (user_id, order_id) DO UPDATE SET
    document = known.document || excluded.document,
    updated_at = greatest(known.updated_at, excluded.updated_at)`
