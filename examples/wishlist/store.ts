import type { Session, Writer } from 'banyan/data'

export interface Wish {
  readonly userId: string
  /** Counts a user's wishes from 1. */
  readonly number: number
  readonly productId: string
}

export function readWishes(session: Session, userId: string): Promise<readonly Wish[]> {
  return session.query<Wish>(READ, [userId])
}

/** Two batches may add to one wishlist at once, and a new row cannot be locked: the users' numbers are. */
export async function lockWishes(tx: Session, userIds: readonly string[]): Promise<readonly Wish[]> {
  const [, wishes] = await Promise.all([tx.query(LOCK, [userIds]), tx.query<Wish>(READ_ALL, [userIds])])
  return wishes
}

export function insertWishes(tx: Writer, wishes: readonly Wish[]): void {
  tx.execute(INSERT, [
    wishes.map((wish) => wish.userId),
    wishes.map((wish) => wish.number),
    wishes.map((wish) => wish.productId),
  ])
}

const READ = `
  SELECT user_id::text AS "userId", number, product_id AS "productId"
  FROM wishes WHERE user_id = $1 ORDER BY number`

const LOCK = `
  SELECT pg_advisory_xact_lock(hashtextextended('wishlist', id))
  FROM (SELECT DISTINCT unnest($1::bigint[]) AS id ORDER BY id) AS users`

const READ_ALL = `
  SELECT user_id::text AS "userId", number, product_id AS "productId"
  FROM wishes WHERE user_id = ANY ($1::bigint[]) ORDER BY user_id, number`

const INSERT = `
  INSERT INTO wishes (user_id, number, product_id)
  SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[])`
