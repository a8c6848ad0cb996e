import type { Writer } from '../../data/index.ts'
import { keyColumns, sagaColumns, type Claims } from './claims.ts'
import type { Entry } from './entry.ts'

/**
 * Whether the batches of one operation may write before they have read. What is new nearly always is: a placed order, a charge
 * asked for the first time. Such a batch leaves in one flush with its COMMIT; one that met something known is rolled back by the
 * server, and reads first.
 */
export interface Presumption {
  /** True when the next batch may try; each batch that may not counts. */
  takeTry(): boolean
  /** Something was there, or may be: the next batches read first, so that whoever repeats an old key for ever costs few second tries. */
  readFirst(): void
}

/** Batches that read first after a presumption was wrong. */
const CAUTIOUS_BATCHES = 16

export function createPresumption(): Presumption {
  let cautious = 0
  return {
    takeTry() {
      if (cautious === 0) return true
      cautious--
      return false
    },
    readFirst: () => void (cautious = CAUTIOUS_BATCHES),
  }
}

/** Did the transaction fail because something was there after all? */
export function isRefuted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && REFUTED.has(String(error.code))
}

/**
 * Claims everything as new: what it returns is true once COMMIT has answered. Its statements, which nobody awaits, fail unless every
 * lock is free, no key is known and no fence is above the caller's, in this order for the reason that `claim` has. The keys are asked
 * although their rows are inserted plainly: an answer that is not stored inserts none.
 */
export function claimAsNew(tx: Writer, entries: readonly Entry[]): Claims {
  const keyed = entries.filter((entry) => entry.claim !== null)
  const sagas = entries.filter((entry) => entry.item.call.saga !== null)
  tx.execute(REQUIRE_LOCKS, [entries.map((entry) => entry.lock)])
  if (keyed.length > 0) tx.execute(REQUIRE_NEW_KEYS, keyColumns(keyed))
  if (sagas.length > 0) {
    tx.execute(REQUIRE_FENCES, [...sagaColumns(sagas), sagas.map((entry) => entry.item.call.saga!.fence)])
  }
  return { locked: entries.map(() => true), keys: NO_KEYS, fences: NO_FENCES }
}

const NO_KEYS: Claims['keys'] = new Map()
const NO_FENCES: Claims['fences'] = new Map()

// SQL has no statement that fails on a condition; dividing by its truth does. Whatever else divides by zero does so again when the
// batch reads first.
const DIVISION_BY_ZERO = '22012'
const UNIQUE_VIOLATION = '23505'
const REFUTED = new Set([DIVISION_BY_ZERO, UNIQUE_VIOLATION])

const REQUIRE_LOCKS = `
  SELECT pg_current_xact_id(), 1 / bool_and(pg_try_advisory_xact_lock(number))::int
  FROM unnest($1::bigint[]) AS number`

const REQUIRE_NEW_KEYS = `
  SELECT 1 / (count(*) = 0)::int
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS wanted (shard_key, scope, key)
  JOIN banyan_keys USING (shard_key, scope, key)`

const REQUIRE_FENCES = `
  SELECT 1 / (count(*) = 0)::int
  FROM unnest($1::bigint[], $2::text[], $3::int[]) AS wanted (shard_key, saga_id, fence)
  JOIN banyan_fences AS seen USING (shard_key, saga_id)
  WHERE seen.fence > wanted.fence`
