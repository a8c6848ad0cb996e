import type { Writer } from '../data/index.ts'
import { keyColumns, sagaColumns, type Claims } from './claims.ts'
import type { Entry } from './entry.ts'

/**
 * Whether the batches of one operation may write before they have read. What is new nearly always is: a placed order, a charge
 * asked for the first time. Such a batch leaves in one flush with its COMMIT; one that met something known is rolled back by the
 * server, and reads first.
 */
export interface Presumption {
  /** Asked once a batch. False for a while after a wrong one: whoever repeats an old key again and again costs nobody a second try. */
  isTried(): boolean
  /** Was this what the transaction failed of? */
  isRefutedBy(error: unknown): boolean
}

/** Batches that read first after a presumption was wrong. */
const CAUTIOUS_BATCHES = 16

export function createPresumption(): Presumption {
  let cautious = 0
  return {
    isTried() {
      if (cautious === 0) return true
      cautious--
      return false
    },
    isRefutedBy(error) {
      const isRefuted = error instanceof Error && 'code' in error && REFUTED.has(String(error.code))
      if (isRefuted) cautious = CAUTIOUS_BATCHES
      return isRefuted
    },
  }
}

/**
 * Claims everything as new. Statements that nobody awaits: each fails, and with it the transaction, unless every lock is free, no
 * key is known and no fence is above the caller's. In this order, for the reason that `claim` has.
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
