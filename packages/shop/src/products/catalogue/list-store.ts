import type { Session } from 'banyan/data'

/** A product's place in a list; a page begins after one. */
export interface ListKey {
  /** 0: the search's words are in the name; 1: elsewhere. Always 1 without words. */
  readonly tier: number
  readonly id: string
}

export const START: ListKey = { tier: 0, id: '0' }

export interface PageRequest {
  readonly words: string | null
  /** JSON documents, one of which the attributes must contain; `null`: any attributes. */
  readonly attributes: readonly string[] | null
  readonly category: string | null
  readonly after: ListKey
  readonly limit: number
}

/**
 * Which products a page holds, in order; what they are is read by id, mostly from memory. A statement per index that
 * leads: one for all shapes would be planned once, for none of them.
 */
export async function findPage(session: Session, request: PageRequest): Promise<readonly ListKey[]> {
  const { words, attributes, category, after, limit } = request
  const { tier, id } = after
  if (words !== null) return session.query(BY_WORDS, [words, attributes, category, tier, id, limit])
  if (attributes !== null) return session.query(BY_ATTRIBUTES, [attributes, category, id, limit])
  if (category !== null) return session.query(BY_CATEGORY, [category, id, limit])
  return session.query(ALL, [id, limit])
}

export const ALL = `
  SELECT 1 AS tier, id FROM products WHERE deleted_at IS NULL AND id > $1::bigint ORDER BY id LIMIT $2::int`

export const BY_CATEGORY = `
  SELECT 1 AS tier, id FROM products
  WHERE deleted_at IS NULL AND category = $1::text AND id > $2::bigint ORDER BY id LIMIT $3::int`

// Sorted by what is computed, so PostgreSQL cannot be tempted to walk the primary key and test each product (which it
// does for ORDER BY id LIMIT when it takes the words for common: 10,000 products read to find one).
export const BY_WORDS = `
  WITH found AS MATERIALIZED (
    SELECT id, CASE WHEN ts_filter(words, '{a}') @@ words_query($1::text) THEN 0 ELSE 1 END AS tier
    FROM products
    WHERE words @@ words_query($1::text) AND deleted_at IS NULL
      AND ($2::jsonb[] IS NULL OR attributes @> ANY ($2::jsonb[]))
      AND ($3::text IS NULL OR category = $3::text)
  )
  SELECT tier, id FROM found WHERE (tier, id) > ($4::int, $5::bigint) ORDER BY tier, id LIMIT $6::int`

// MATERIALIZED for the same reason.
export const BY_ATTRIBUTES = `
  WITH found AS MATERIALIZED (
    SELECT id FROM products
    WHERE attributes @> ANY ($1::jsonb[]) AND deleted_at IS NULL AND ($2::text IS NULL OR category = $2::text)
  )
  SELECT 1 AS tier, id FROM found WHERE id > $3::bigint ORDER BY id LIMIT $4::int`
