import type { Session } from 'banyan/data'
import type { Product } from '../schemas.ts'
import { toProduct, type CatalogueRow } from './product-store.ts'

/** Where a page begins: after this product. */
export interface PageKey {
  /** 0: the search's words are in the name; 1: elsewhere. Always 1 without words. */
  readonly tier: number
  readonly id: string
}

export const START: PageKey = { tier: 0, id: '0' }

export interface ListedProduct {
  readonly tier: number
  readonly product: Product
}

export interface PageRequest {
  readonly words: string | null
  /** JSON documents, one of which the attributes must contain; `null`: any attributes. */
  readonly attributes: readonly string[] | null
  readonly category: string | null
  readonly after: PageKey
  readonly limit: number
}

/** A statement per index that leads: one for all shapes would be planned once, for none of them. */
export async function readPage(session: Session, request: PageRequest): Promise<readonly ListedProduct[]> {
  const { words, attributes, category, after, limit } = request
  if (words !== null) return read(session, BY_WORDS, [words, attributes, category, after.tier, after.id, limit])
  if (attributes !== null) return read(session, BY_ATTRIBUTES, [attributes, category, after.id, limit])
  if (category !== null) return read(session, BY_CATEGORY, [category, after.id, limit])
  return read(session, ALL, [after.id, limit])
}

async function read(session: Session, sql: string, values: readonly unknown[]): Promise<readonly ListedProduct[]> {
  const rows = await session.query<CatalogueRow & { tier: number }>(sql, values)
  return rows.map((row) => ({ tier: row.tier, product: toProduct(row) }))
}

export const ALL = `
  SELECT 1 AS tier, id, name, description, category, price_minor, currency, attributes, available, created_at, updated_at
  FROM catalogue WHERE id > $1::bigint ORDER BY id LIMIT $2::int`

export const BY_CATEGORY = `
  SELECT 1 AS tier, id, name, description, category, price_minor, currency, attributes, available, created_at, updated_at
  FROM catalogue WHERE category = $1::text AND id > $2::bigint ORDER BY id LIMIT $3::int`

// Sorted by what is computed, so PostgreSQL cannot be tempted to walk the primary key and test each product (which it
// does for ORDER BY id LIMIT when it takes the words for common: 10,000 products read to find one).
// The page is cut before texts are formatted and stock is joined: only what is shown is looked up.
export const BY_WORDS = `
  WITH found AS MATERIALIZED (
    SELECT id, CASE WHEN ts_filter(words, '{a}') @@ words_query($1::text) THEN 0 ELSE 1 END AS tier
    FROM products
    WHERE words @@ words_query($1::text) AND deleted_at IS NULL
      AND ($2::jsonb[] IS NULL OR attributes @> ANY ($2::jsonb[]))
      AND ($3::text IS NULL OR category = $3::text)
  ), page AS (
    SELECT id, tier FROM found WHERE (tier, id) > ($4::int, $5::bigint) ORDER BY tier, id LIMIT $6::int
  )
  SELECT tier, id, name, description, category, price_minor, currency, attributes, available, created_at, updated_at
  FROM page JOIN catalogue USING (id) ORDER BY tier, id`

// MATERIALIZED for the same reason.
export const BY_ATTRIBUTES = `
  WITH found AS MATERIALIZED (
    SELECT id FROM products
    WHERE attributes @> ANY ($1::jsonb[]) AND deleted_at IS NULL AND ($2::text IS NULL OR category = $2::text)
  ), page AS (
    SELECT id FROM found WHERE id > $3::bigint ORDER BY id LIMIT $4::int
  )
  SELECT 1 AS tier, id, name, description, category, price_minor, currency, attributes, available, created_at, updated_at
  FROM page JOIN catalogue USING (id) ORDER BY id`
