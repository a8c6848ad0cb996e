import type { Session, Transaction, Writer } from '../../data/index.ts'
import { LANES } from '../lane.ts'

export interface LanePosition {
  readonly log: string
  readonly lane: number
  readonly position: number
  /** Dead letters of this lane that wait. */
  readonly parked: number
}

/** One lane's way forward, with what became of the events on it. */
export interface LaneMove {
  readonly log: string
  readonly lane: number
  readonly position: number
  readonly processed: number
  readonly passed: number
  readonly parked: number
}

/** Creates the lanes that are missing, at the beginning of the log, and reads all. */
export async function openLanes(session: Session, consumer: string, logs: readonly string[]): Promise<LanePosition[]> {
  await session.query(CREATE_LANES, [consumer, logs, LANES])
  return readLanes(session, consumer, logs)
}

export async function readLanes(session: Session, consumer: string, logs: readonly string[]): Promise<LanePosition[]> {
  const rows = await session.query<LaneRow>(READ_LANES, [consumer, logs])
  return rows.map(toLane)
}

/**
 * Takes the lanes that nobody else is working on, until the end of the transaction; waits for none.
 *
 * The transaction commits without waiting for the disk: effect and position are in it together, so a crash of the server
 * can only take both, and the log, which is on disk, brings them back. It saves the hot path one flush per batch.
 */
export async function takeLanes(tx: Transaction, consumer: string, logs: readonly string[]): Promise<LanePosition[]> {
  const rows = await tx.query<LaneRow>(TAKE_LANES, [consumer, logs])
  return rows.map(toLane)
}

/** Takes all lanes of these logs, waiting for whoever holds them. */
export async function awaitLanes(tx: Transaction, consumer: string, logs: readonly string[]): Promise<LanePosition[]> {
  const rows = await tx.query<LaneRow>(AWAIT_LANES, [consumer, logs])
  return rows.map(toLane)
}

/** To be called with the lanes taken; a lane never goes back. */
export function moveLanes(tx: Writer, consumer: string, moves: readonly LaneMove[]): void {
  tx.execute(MOVE_LANES, [
    consumer,
    moves.map((move) => move.log),
    moves.map((move) => move.lane),
    moves.map((move) => move.position),
    moves.map((move) => move.processed),
    moves.map((move) => move.passed),
    moves.map((move) => move.parked),
  ])
}

interface LaneRow {
  readonly log: string
  readonly lane: number
  readonly position: string
  readonly parked: number
}

function toLane(row: LaneRow): LanePosition {
  return { log: row.log, lane: row.lane, position: Number(row.position), parked: row.parked }
}

const CREATE_LANES = `
  INSERT INTO banyan_positions (consumer, log, lane)
  SELECT $1, log, lane FROM unnest($2::text[]) AS log, generate_series(0, $3::int - 1) AS lane
  ON CONFLICT DO NOTHING`

const READ_LANES = `
  SELECT log, lane, position, parked FROM banyan_positions
  WHERE consumer = $1 AND log = ANY ($2::text[])
  ORDER BY log, lane`

const TAKE_LANES = `
  WITH async AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS setting)
  SELECT log, lane, position, parked FROM async, banyan_positions
  WHERE setting = 'off' AND consumer = $1 AND log = ANY ($2::text[])
  ORDER BY log, lane
  FOR UPDATE OF banyan_positions SKIP LOCKED`

const AWAIT_LANES = `
  SELECT log, lane, position, parked FROM banyan_positions
  WHERE consumer = $1 AND log = ANY ($2::text[])
  ORDER BY log, lane
  FOR UPDATE`

const MOVE_LANES = `
  UPDATE banyan_positions AS lane
  SET position = greatest(lane.position, move.position), processed = lane.processed + move.processed,
      passed = lane.passed + move.passed, parked = lane.parked + move.parked
  FROM unnest($2::text[], $3::smallint[], $4::bigint[], $5::int[], $6::int[], $7::int[])
    AS move (log, lane, position, processed, passed, parked)
  WHERE lane.consumer = $1 AND lane.log = move.log AND lane.lane = move.lane`
