import type { Session, Writer } from '../../data/index.ts'
import type { Entry, KeyClaim } from './entry.ts'

/** A stored row of the key table. */
export interface StoredKey {
  readonly fingerprint: Buffer
  readonly outcome: string
  readonly sagaId: string | null
}

/** What the database knows about a batch once its locks are held. */
export interface Claims {
  /** By index of the entry: did this transaction get its lock? */
  readonly locked: readonly boolean[]
  /** By `scope key`. */
  readonly keys: ReadonlyMap<string, StoredKey>
  /** Highest fence seen, by saga id. */
  readonly fences: ReadonlyMap<string, number>
}

/**
 * Locks first, reads after: each statement has its own snapshot, so what a twin committed before it let go of the
 * lock is seen. Never blocks (`pg_try_…`): a blocked claim would hold a connection, and two batches claiming the same
 * keys in different order would deadlock. The transaction takes its id here, before any log position is drawn.
 */
export async function claim(tx: Session, entries: readonly Entry[]): Promise<Claims> {
  const keyed = entries.filter((entry) => entry.claim !== null)
  const sagas = entries.filter((entry) => entry.item.call.saga !== null)
  const [locks, keys, fences] = await Promise.all([
    tx.query<{ locked: boolean[] }>(LOCK, [entries.map((entry) => entry.lock)]),
    keyed.length > 0 ? tx.query<KeyRow>(FIND_KEYS, keyColumns(keyed)) : [],
    sagas.length > 0 ? tx.query<FenceRow>(FIND_FENCES, sagaColumns(sagas)) : [],
  ])
  return {
    locked: locks[0]!.locked,
    keys: new Map(keys.map((row) => [keyName(row), { ...row, sagaId: row.saga_id }])),
    fences: new Map(fences.map((row) => [row.saga_id, row.fence])),
  }
}

export function keyName(claim: Pick<KeyClaim, 'scope' | 'key'>): string {
  return `${claim.scope} ${claim.key}`
}

export interface KeyWrite {
  readonly entry: Entry
  readonly outcome: string
  readonly sagaId: string | null
}

export function saveKeys(tx: Writer, writes: readonly KeyWrite[], retentionMs: number): void {
  if (writes.length === 0) return
  const columns = keyColumns(writes.map((write) => write.entry))
  tx.execute(INSERT_KEYS, [
    ...columns,
    writes.map((write) => write.entry.claim!.fingerprint),
    writes.map((write) => write.outcome),
    writes.map((write) => write.sagaId),
    retentionMs,
  ])
}

/** Remembers fences above 1, so that the owner before the take-over is refused from now on. */
export function saveFences(tx: Writer, entries: readonly Entry[]): void {
  const raised = entries.filter((entry) => entry.item.call.saga!.fence > 1)
  if (raised.length > 0)
    tx.execute(RAISE_FENCES, [...sagaColumns(raised), raised.map((entry) => entry.item.call.saga!.fence)])
}

interface KeyRow {
  scope: string
  key: string
  fingerprint: Buffer
  outcome: string
  saga_id: string | null
}

interface FenceRow {
  saga_id: string
  fence: number
}

/** Arrays for `unnest`, of entries that claim a key. */
export function keyColumns(entries: readonly Entry[]): [string[], string[], string[]] {
  return [
    entries.map((entry) => entry.shardKey),
    entries.map((entry) => entry.claim!.scope),
    entries.map((entry) => entry.claim!.key),
  ]
}

/** Arrays for `unnest`, of entries that are steps of a saga. */
export function sagaColumns(entries: readonly Entry[]): [string[], string[]] {
  return [entries.map((entry) => entry.shardKey), entries.map((entry) => entry.item.call.saga!.id)]
}

const LOCK = `
  SELECT pg_current_xact_id(), array(SELECT pg_try_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS number) AS locked`

const FIND_KEYS = `
  SELECT scope, key, fingerprint, outcome, saga_id
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS wanted (shard_key, scope, key)
  JOIN banyan_keys USING (shard_key, scope, key)`

const FIND_FENCES = `
  SELECT saga_id, fence
  FROM unnest($1::bigint[], $2::text[]) AS wanted (shard_key, saga_id)
  JOIN banyan_fences USING (shard_key, saga_id)`

const INSERT_KEYS = `
  INSERT INTO banyan_keys (shard_key, scope, key, fingerprint, outcome, saga_id, expires_at)
  SELECT shard_key, scope, key, fingerprint, outcome, saga_id, now() + $7 * interval '1 millisecond'
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[])
    AS new (shard_key, scope, key, fingerprint, outcome, saga_id)`

const RAISE_FENCES = `
  INSERT INTO banyan_fences (shard_key, saga_id, fence)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[])
  ON CONFLICT (shard_key, saga_id) DO UPDATE SET fence = greatest(banyan_fences.fence, excluded.fence)`
