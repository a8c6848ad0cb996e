import type { Session, Transaction, Writer } from '../../data/index.ts'
import type { StoredEvent } from '../../log/index.ts'

export type DeadLetterStatus = 'poisoned' | 'waiting' | 'skipped'

export interface DeadLetter {
  /** Of the log, as text: `orders/0/1`. */
  readonly log: string
  readonly lane: number
  readonly event: StoredEvent
  readonly status: DeadLetterStatus
  /** Why it could not be applied; `null` for one that only waits behind another. */
  readonly error: string | null
  readonly attempts: number
}

/** The aggregates among these that wait behind a dead letter, as `log aggregateId`. */
export async function findParked(
  tx: Transaction,
  consumer: string,
  events: readonly { readonly log: string; readonly aggregateId: string }[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ log: string; aggregate_id: string }>(FIND_PARKED, [
    consumer,
    events.map((event) => event.log),
    events.map((event) => event.aggregateId),
  ])
  return new Set(rows.map((row) => `${row.log} ${row.aggregate_id}`))
}

export async function countParked(session: Session, consumer: string): Promise<number> {
  const [row] = await session.query<{ parked: number }>(COUNT_PARKED, [consumer])
  return row!.parked
}

export function insertDeadLetters(tx: Writer, consumer: string, letters: readonly DeadLetter[]): void {
  if (letters.length === 0) return
  const events = letters.map((letter) => letter.event)
  tx.execute(INSERT, [
    consumer,
    letters.map((letter) => letter.log),
    events.map((event) => event.position),
    letters.map((letter) => letter.lane),
    events.map((event) => event.aggregateId),
    events.map((event) => event.version),
    events.map((event) => event.type),
    events.map((event) => JSON.stringify(event.payload)),
    events.map((event) => event.recordedAt),
    events.map((event) => event.traceParent),
    letters.map((letter) => letter.status),
    letters.map((letter) => letter.error),
    letters.map((letter) => letter.attempts),
  ])
}

const FIND_PARKED = `
  SELECT DISTINCT log, aggregate_id
  FROM banyan_dead_letters AS letter
  JOIN unnest($2::text[], $3::text[]) AS event (log, aggregate_id) USING (log, aggregate_id)
  WHERE letter.consumer = $1 AND letter.status <> 'skipped'`

const COUNT_PARKED = `
  SELECT coalesce(sum(parked), 0)::int AS parked FROM banyan_positions WHERE consumer = $1`

const INSERT = `
  INSERT INTO banyan_dead_letters (consumer, log, position, lane, aggregate_id, version, type, payload, recorded_at,
                                   trace_parent, status, error, attempts)
  SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::smallint[], $5::text[], $6::int[], $7::text[], $8::json[],
                           $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::int[])`
