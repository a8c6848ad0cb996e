import type { Session } from '../data/index.ts'
import type { LogId, StoredEvent } from './event.ts'

/** A part of a log: `after < position ≤ upTo`. */
export interface Range {
  readonly after: number
  readonly upTo: number
  /** Most events. */
  readonly limit: number
  /** Most bytes of payload as stored; the first event comes whatever its size. */
  readonly maxBytes: number
  /** The server's life in which `upTo` was found final. */
  readonly incarnation: string | null
}

/** `null`: the server has crashed since `upTo` was found, so it says nothing any more. */
export async function readRange(session: Session, log: LogId, range: Range): Promise<StoredEvent[] | null> {
  const rows = await session.query<EventRow & { incarnation: boolean }>(READ_RANGE, [
    range.after,
    range.upTo,
    range.limit,
    range.maxBytes,
    range.incarnation,
  ])
  if (rows.length === 0) return null
  return rows.filter((row) => row.position !== null).map((row) => toEvent(log, row))
}

/** All events of one aggregate, in order of version: at most `limit`, beginning behind `afterVersion`. */
export async function readAggregateRows(
  session: Session,
  log: LogId,
  { aggregateId, afterVersion, limit }: { aggregateId: string; afterVersion: number; limit: number },
): Promise<StoredEvent[]> {
  const rows = await session.query<EventRow>(READ_AGGREGATE, [aggregateId, afterVersion, limit])
  return rows.map((row) => toEvent(log, row))
}

export interface EventRow {
  readonly position: string
  readonly aggregate_id: string
  readonly version: number
  readonly type: string
  readonly payload: unknown
  readonly recorded_at: Date
  readonly trace_parent: string | null
}

export function toEvent(log: LogId, row: EventRow): StoredEvent {
  return {
    log,
    position: Number(row.position),
    aggregateId: row.aggregate_id,
    version: row.version,
    type: row.type,
    payload: row.payload,
    recordedAt: row.recorded_at.toISOString(),
    traceParent: row.trace_parent,
  }
}

// The left join tells "nothing there" (one row of nulls) from "another life of the server" (no row).
const READ_RANGE = `
  SELECT event.*
  FROM banyan_log_incarnation AS incarnation
  LEFT JOIN (
    SELECT position, aggregate_id, version, type, payload, recorded_at, trace_parent
    FROM (
      SELECT *, sum(pg_column_size(payload)) OVER (ORDER BY position) - pg_column_size(payload) AS bytes_before
      FROM banyan_log
      WHERE position > $1::bigint AND position <= $2::bigint
      ORDER BY position
      LIMIT $3::int
    ) AS event
    WHERE bytes_before < $4::bigint
  ) AS event ON true
  WHERE incarnation.id = $5::uuid
  ORDER BY event.position`

const READ_AGGREGATE = `
  SELECT position, aggregate_id, version, type, payload, recorded_at, trace_parent
  FROM banyan_log
  WHERE aggregate_id = $1 AND version > $2::int
  ORDER BY version
  LIMIT $3::int`
