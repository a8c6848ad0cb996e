import type { ErrorJson } from '../core/index.ts'
import type { Outcome, OwnSaga, SagaEnd } from '../command/index.ts'
import type { SagaReference } from '../contract/index.ts'
import type { Session, Writer } from '../data/index.ts'
import { userOfSaga, type SagaRecord } from './record.ts'
import { formatTimeline, type TimelineEntry } from './timeline.ts'

/** Who acts for a saga: a process in one of its lives. */
export interface Owner {
  readonly name: string
  readonly epoch: string
}

export function insertSagas(tx: Writer, owner: Owner, begins: readonly SagaRecord[]): void {
  tx.execute(INSERT, [
    begins.map((begin) => begin.userId),
    begins.map((begin) => begin.id),
    begins.map((begin) => begin.name),
    begins.map((begin) => begin.version),
    begins.map((begin) => begin.subject),
    begins.map((begin) => JSON.stringify(begin.input)),
    begins.map((begin) => toTimestamp(begin.deadlineAt)),
    begins.map((begin) => begin.traceParent),
    owner.name,
    owner.epoch,
  ])
}

export async function lockSagas(tx: Session, references: readonly SagaReference[]): Promise<Map<string, OwnSaga>> {
  const ids = references.map((reference) => reference.id)
  const rows = await tx.query<{ id: string; fence: number; status: OwnSaga['status']; outcome: string | null }>(LOCK, [
    ids.map(userOfSaga),
    ids,
  ])
  return new Map(
    rows.map(({ id, fence, status, outcome }) => [
      id,
      { fence, status, outcome: outcome === null ? null : (JSON.parse(outcome) as Outcome) },
    ]),
  )
}

export function endSagas(
  tx: Writer,
  ends: readonly (SagaEnd & { readonly timeline: readonly TimelineEntry[] })[],
): void {
  tx.execute(END, [
    ends.map((end) => userOfSaga(end.id)),
    ends.map((end) => end.id),
    ends.map((end) => end.status),
    ends.map((end) => JSON.stringify(end.outcome)),
    ends.map((end) => formatTimeline(end.timeline)),
  ])
}

/** The write that turns back. Answers the ids that did: a saga that ended or was taken over meanwhile did not. */
export async function turnBackSagas(
  session: Session,
  turns: readonly {
    readonly id: string
    readonly fence: number
    readonly reason: ErrorJson
    readonly turnedAt: number
  }[],
): Promise<Set<string>> {
  const rows = await session.query<{ id: string }>(TURN_BACK, [
    turns.map((turn) => userOfSaga(turn.id)),
    turns.map((turn) => turn.id),
    turns.map((turn) => turn.fence),
    turns.map((turn) => JSON.stringify(turn.reason)),
    turns.map((turn) => turn.turnedAt),
  ])
  return new Set(rows.map((row) => row.id))
}

/**
 * Raises the fence of open sagas whose owner lives no more (or never came back to them) and makes them `owner`'s, if that life has not
 * ended meanwhile: a round that began in it would take over what is taken from it at once.
 */
export async function takeOverSagas(
  session: Session,
  owner: Owner,
  { names, limit }: { readonly names: readonly string[]; readonly limit: number },
): Promise<TakenOver[]> {
  const rows = await session.query<SagaRow & { from: string }>(TAKE_OVER, [owner.name, owner.epoch, names, limit])
  return rows.map((row) => ({ record: toRecord(row), from: row.from }))
}

export interface TakenOver {
  readonly record: SagaRecord
  /** The process that acted for it; empty: a person resumed it. */
  readonly from: string
}

/** Open sagas of `owner` that it does not act for, e.g. because they were too many: level-triggered, so none strands. */
export async function findNeglectedSagas(
  session: Session,
  owner: Owner,
  { acting, graceMs, limit }: { readonly acting: readonly string[]; readonly graceMs: number; readonly limit: number },
): Promise<SagaRecord[]> {
  return (await session.query<SagaRow>(NEGLECTED, [owner.name, owner.epoch, acting, graceMs, limit])).map(toRecord)
}

export async function findOutcome(session: Session, id: string): Promise<Outcome | null> {
  const rows = await session.query<{ outcome: string | null }>(FIND_OUTCOME, [userOfSaga(id), id])
  const outcome = rows[0]?.outcome
  return outcome ? (JSON.parse(outcome) as Outcome) : null
}

export interface Parking {
  readonly id: string
  readonly fence: number
  readonly attention: string
  readonly timeline: readonly TimelineEntry[]
}

export async function parkSaga(session: Session, parking: Parking): Promise<void> {
  const { id, fence, attention, timeline } = parking
  await session.query(PARK, [userOfSaga(id), id, fence, attention, formatTimeline(timeline)])
}

export async function writeTimelines(
  session: Session,
  timelines: readonly { readonly id: string; readonly entries: readonly TimelineEntry[] }[],
): Promise<void> {
  await session.query(APPEND_TIMELINES, [
    timelines.map((timeline) => userOfSaga(timeline.id)),
    timelines.map((timeline) => timeline.id),
    timelines.map((timeline) => formatTimeline(timeline.entries)),
  ])
}

interface SagaRow {
  user_id: string
  id: string
  name: string
  version: number
  subject: string
  input: string
  status: 'running' | 'compensating'
  reason: string | null
  turned_at: number | null
  fence: number
  deadline_at: Date | null
  trace_parent: string | null
}

function toRecord(row: SagaRow): SagaRecord {
  return {
    userId: row.user_id,
    id: row.id,
    name: row.name,
    version: row.version,
    subject: row.subject,
    input: JSON.parse(row.input) as unknown,
    status: row.status,
    reason: row.reason === null ? null : (JSON.parse(row.reason) as ErrorJson),
    turnedAt: row.turned_at,
    fence: row.fence,
    deadlineAt: row.deadline_at?.getTime() ?? null,
    traceParent: row.trace_parent,
  }
}

function toTimestamp(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}

const INSERT = `
  INSERT INTO banyan_sagas (
    user_id, id, name, version, subject, input, status, deadline_at, trace_parent, owner, owner_epoch)
  SELECT user_id, id, name, version, subject, input, 'running', deadline_at, trace_parent, $9, $10::bigint
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
    AS new (user_id, id, name, version, subject, input, deadline_at, trace_parent)`

const LOCK = `
  SELECT id, fence, status, outcome
  FROM banyan_sagas JOIN unnest($1::bigint[], $2::text[]) AS wanted (user_id, id) USING (user_id, id)
  ORDER BY id
  FOR UPDATE OF banyan_sagas`

const END = `
  UPDATE banyan_sagas AS saga
  SET status = ended.status, outcome = ended.outcome, ended_at = now(), attention = NULL,
      timeline = saga.timeline || ended.timeline
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) AS ended (user_id, id, status, outcome, timeline)
  WHERE saga.user_id = ended.user_id AND saga.id = ended.id`

const TURN_BACK = `
  UPDATE banyan_sagas AS saga
  SET status = 'compensating', reason = turned.reason, turned_at = turned.turned_at
  FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::int[]) AS turned (user_id, id, fence, reason, turned_at)
  WHERE saga.user_id = turned.user_id AND saga.id = turned.id AND saga.fence = turned.fence AND saga.status = 'running'
  RETURNING saga.id`

const COLUMNS = `saga.user_id, saga.id, saga.name, saga.version, saga.subject, saga.input, saga.status, saga.reason,
         saga.turned_at, saga.fence, saga.deadline_at, saga.trace_parent`

const TAKE_OVER = `
  UPDATE banyan_sagas AS saga
  SET owner = $1, owner_epoch = $2::bigint, fence = saga.fence + 1
  FROM (
    SELECT user_id, id, owner FROM banyan_sagas AS open
    WHERE status IN ('running', 'compensating') AND attention IS NULL
      AND name || '/' || version = ANY ($3::text[])
      AND EXISTS (SELECT FROM banyan_processes WHERE name = $1 AND epoch = $2::bigint AND lease_until > now())
      AND NOT EXISTS (
        SELECT FROM banyan_processes AS process
        WHERE process.name = open.owner AND process.epoch = open.owner_epoch AND process.lease_until > now())
    ORDER BY created_at LIMIT $4
    FOR UPDATE SKIP LOCKED
  ) AS orphan
  WHERE saga.user_id = orphan.user_id AND saga.id = orphan.id
  RETURNING ${COLUMNS}, orphan.owner AS from`

// `NOT id = ANY ($3)` would compare each row with each id: 300 ms against 10 at 5,000 of both, each second (2026-11-23).
const NEGLECTED = `
  SELECT ${COLUMNS} FROM banyan_sagas AS saga
  WHERE status IN ('running', 'compensating') AND attention IS NULL
    AND owner = $1 AND owner_epoch = $2::bigint
    AND id NOT IN (SELECT unnest($3::text[]))
    AND created_at < now() - $4 * interval '1 millisecond'
  ORDER BY created_at LIMIT $5`

const FIND_OUTCOME = `SELECT outcome FROM banyan_sagas WHERE user_id = $1::bigint AND id = $2`

const PARK = `
  UPDATE banyan_sagas SET attention = $4, timeline = timeline || $5
  WHERE user_id = $1::bigint AND id = $2 AND fence = $3 AND status IN ('running', 'compensating')`

const APPEND_TIMELINES = `
  UPDATE banyan_sagas AS saga SET timeline = saga.timeline || new.entries
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS new (user_id, id, entries)
  WHERE saga.user_id = new.user_id AND saga.id = new.id`
