import type { Session, Transaction, Writer } from '../../data/index.ts'
import type { DeadLetterStatus } from './dead-letters-store.ts'

export interface DeadLetterRow {
  readonly consumer: string
  readonly log: string
  readonly position: string
  readonly lane: number
  readonly aggregate_id: string
  readonly version: number
  readonly type: string
  readonly payload: unknown
  readonly recorded_at: Date
  readonly trace_parent: string | null
  readonly status: DeadLetterStatus
  readonly error: string | null
  readonly attempts: number
  readonly parked_at: Date
}

export interface AggregateKey {
  readonly log: string
  readonly aggregateId: string
}

export function listRows(
  session: Session,
  filter: { readonly consumer?: string; readonly log?: string; readonly aggregateId?: string },
  limit: number,
): Promise<DeadLetterRow[]> {
  return session.query(LIST, [filter.consumer ?? null, filter.log ?? null, filter.aggregateId ?? null, limit])
}

/** Aggregates with dead letters, the longest waiting first. */
export async function findAggregates(
  session: Session,
  consumer: string,
  filter: { readonly log?: string; readonly aggregateId?: string; readonly includeSkipped?: boolean },
): Promise<AggregateKey[]> {
  return session.query(FIND_AGGREGATES, [
    consumer,
    filter.log ?? null,
    filter.aggregateId ?? null,
    filter.includeSkipped ?? false,
  ])
}

/** Takes the lane first, so that no later event of the aggregate is applied or parked meanwhile; then the letter. */
export async function takeFirst(
  tx: Transaction,
  consumer: string,
  { log, aggregateId, includeSkipped }: AggregateKey & { readonly includeSkipped: boolean },
): Promise<DeadLetterRow | null> {
  await tx.query(TAKE_LANE, [consumer, log, aggregateId])
  const [row] = await tx.query<DeadLetterRow>(FIRST_LETTER, [consumer, log, aggregateId, includeSkipped])
  return row ?? null
}

/** The event counts as processed now. To be called with the lane taken. */
export function removeLetter(tx: Writer, row: DeadLetterRow): void {
  const { consumer, log, position, lane, status } = row
  tx.execute('DELETE FROM banyan_dead_letters WHERE consumer = $1 AND log = $2 AND position = $3::bigint', [
    consumer,
    log,
    position,
  ])
  tx.execute(COUNT_REPLAYED, [consumer, log, lane, status === 'skipped' ? 0 : 1])
}

export async function recordFailure(session: Session, row: DeadLetterRow, error: string): Promise<void> {
  await session.query(RECORD_FAILURE, [row.consumer, row.log, row.position, error])
}

const LIST = `
  SELECT * FROM banyan_dead_letters
  WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR log = $2)
    AND ($3::text IS NULL OR aggregate_id = $3)
  ORDER BY consumer, log, position
  LIMIT $4::int`

const FIND_AGGREGATES = `
  SELECT log, aggregate_id AS "aggregateId" FROM banyan_dead_letters
  WHERE consumer = $1 AND ($2::text IS NULL OR log = $2) AND ($3::text IS NULL OR aggregate_id = $3)
    AND ($4::boolean OR status <> 'skipped')
  GROUP BY log, aggregate_id
  ORDER BY min(parked_at), min(position)`

const TAKE_LANE = `
  SELECT FROM banyan_positions
  WHERE consumer = $1 AND log = $2 AND lane = (
    SELECT lane FROM banyan_dead_letters WHERE consumer = $1 AND log = $2 AND aggregate_id = $3 LIMIT 1)
  FOR UPDATE`

const FIRST_LETTER = `
  SELECT * FROM banyan_dead_letters
  WHERE consumer = $1 AND log = $2 AND aggregate_id = $3 AND ($4::boolean OR status <> 'skipped')
  ORDER BY position
  LIMIT 1
  FOR UPDATE`

const COUNT_REPLAYED = `
  UPDATE banyan_positions SET processed = processed + 1, parked = parked - $4::int
  WHERE consumer = $1 AND log = $2 AND lane = $3::smallint`

const RECORD_FAILURE = `
  UPDATE banyan_dead_letters
  SET error = $4, attempts = attempts + 1, status = CASE status WHEN 'waiting' THEN 'poisoned' ELSE status END
  WHERE consumer = $1 AND log = $2 AND position = $3::bigint`
