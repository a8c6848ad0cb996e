import { createCursor, DEFAULT_PAGE_LIMIT, toPage } from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { HistoryEntry } from '../schemas.ts'
import type { OrderDocument } from './history-documents.ts'

/** An order that its own log has told of. */
type KnownOrder = OrderDocument & Required<Pick<OrderDocument, 'status' | 'placedAt'>>

export interface HistoryPage {
  readonly items: HistoryEntry[]
  readonly nextCursor: string | null
}

/**
 * A user's orders, newest first, from the read model: it may lag behind the orders themselves.
 * @param page `limit` 1–100, default 20
 * @throws `api.INVALID_INPUT` for a cursor that is not of this list
 */
export async function listOrderHistory(
  session: Session,
  userId: string,
  page: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<HistoryPage> {
  const { limit = DEFAULT_PAGE_LIMIT } = page
  const [placedAt = null, orderId = null] = byTime.decode(page.cursor)?.split(' ') ?? []
  const rows = await session.query<HistoryRow>(LIST, [userId, placedAt, orderId, limit + 1])
  const names = await findNames(session, rows)
  return toPage(
    rows.map((row) => toEntry(row, names)),
    limit,
    (last) => byTime.encode(`${last.placedAt} ${last.orderId}`),
  )
}

interface HistoryRow {
  readonly order_id: string
  readonly document: KnownOrder
  readonly updated_at: Date
  readonly customer: string | null
}

/** Present names of products on lines that have none of their own, because no stock was reserved. Almost always none. */
async function findNames(session: Session, rows: readonly HistoryRow[]): Promise<ReadonlyMap<string, string>> {
  const items = rows.flatMap((row) => row.document.items ?? [])
  const unnamed = new Set(items.flatMap((item) => ('name' in item ? [] : [`product-${item.productId}`])))
  if (unnamed.size === 0) return new Map()
  const found = await session.query<{ row_id: string; name: string }>(FIND_NAMES, [[...unnamed]])
  return new Map(found.map((row) => [row.row_id, row.name]))
}

function toEntry(row: HistoryRow, names: ReadonlyMap<string, string>): HistoryEntry {
  const { items, ...document } = row.document
  const named = items?.map((item) => ({ name: names.get(`product-${item.productId}`) ?? null, ...item }))
  return {
    orderId: row.order_id,
    ...document,
    ...(named ? { items: named } : {}),
    customer: row.customer,
    updatedAt: row.updated_at.toISOString(),
  }
}

// An order whose payment was heard of before the order itself has no status yet: it does not show.
const LIST = `
  SELECT history.order_id, history.document, history.updated_at, customer.document ->> 'name' AS customer
  FROM order_history AS history
  LEFT JOIN order_history AS customer ON customer.user_id = history.user_id AND customer.order_id = ''
  WHERE history.user_id = $1::bigint AND history.document ? 'placedAt'
    AND ($2::text IS NULL OR (history.document ->> 'placedAt', history.order_id) < ($2, $3))
  ORDER BY history.document ->> 'placedAt' DESC, history.order_id DESC
  LIMIT $4::int`

const FIND_NAMES = `
  SELECT order_id AS row_id, document ->> 'name' AS name
  FROM order_history WHERE user_id = 0 AND order_id = ANY ($1::text[])`

const byTime = createCursor(
  'order-history',
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ord_[1-9]\d{0,17}_[0-9a-hjkmnp-tv-z]{16}$/,
)
