import type { Session } from '../data/index.ts'
import { parseTraceParent } from '../observe/index.ts'
import { userOfSaga } from './record.ts'
import { parseTimeline, type TimelineEntry } from './timeline.ts'

/** A saga as people look at it. */
export interface SagaView {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly subject: string
  readonly status: 'running' | 'compensating' | 'completed' | 'compensated' | 'needs-attention'
  /** Code of the error for which it turned back. */
  readonly reason: string | null
  /** Why it needs attention. */
  readonly attention: string | null
  readonly owner: string
  readonly fence: number
  readonly createdAt: string
  readonly endedAt: string | null
  /** Of the command that began it; `null`: not known. */
  readonly traceId: string | null
  readonly timeline: readonly TimelineEntry[]
}

export async function findSaga(session: Session, id: string): Promise<SagaView | null> {
  const rows = await session.query<ViewRow>(FIND, [userOfSaga(id), id])
  return rows[0] ? toView(rows[0]) : null
}

export interface SagaFilter {
  /** `open`: running, compensating and those that need attention. */
  readonly status: SagaView['status'] | 'open' | null
  readonly limit: number
}

/** Newest first. */
export async function listSagas(session: Session, { status, limit }: SagaFilter): Promise<SagaView[]> {
  return (await session.query<ViewRow>(LIST, [status, limit])).map(toView)
}

/** Ids of the sagas that somebody is at, or will take over; those that need attention are not among them. */
export async function listUnfinishedSagas(session: Session): Promise<string[]> {
  return (await session.query<{ id: string }>(UNFINISHED)).map(({ id }) => id)
}

/** Whether a process runs that acts for the sagas of this database: nothing ends by itself while none does. */
export async function isAttended(session: Session): Promise<boolean> {
  return (await session.query<{ is: boolean }>(ATTENDED))[0]!.is
}

/** Resumes a saga that needs attention: the next sweep of any process takes it over. Answers whether it did need it. */
export async function retrySaga(session: Session, id: string): Promise<boolean> {
  return (await session.query(RETRY, [userOfSaga(id), id])).length > 0
}

interface ViewRow {
  id: string
  name: string
  version: number
  subject: string
  status: SagaView['status']
  reason: string | null
  attention: string | null
  owner: string
  fence: number
  created_at: Date
  ended_at: Date | null
  trace_parent: string | null
  timeline: string
}

function toView({ created_at, ended_at, trace_parent, timeline, ...row }: ViewRow): SagaView {
  const createdAt = created_at.toISOString()
  const endedAt = ended_at?.toISOString() ?? null
  const traceId = parseTraceParent(trace_parent)?.traceId ?? null
  return { ...row, createdAt, endedAt, traceId, timeline: parseTimeline(timeline) }
}

const COLUMNS = `
  id, name, version, subject, CASE WHEN attention IS NULL THEN status ELSE 'needs-attention' END AS status,
  reason::json ->> 'code' AS reason, attention, owner, fence, created_at, ended_at, trace_parent, timeline`

const FIND = `SELECT ${COLUMNS} FROM banyan_sagas WHERE user_id = $1::bigint AND id = $2`

const LIST = `
  SELECT ${COLUMNS} FROM banyan_sagas
  WHERE $1::text IS NULL
     OR ($1 = 'open' AND status IN ('running', 'compensating'))
     OR ($1 = 'needs-attention' AND status IN ('running', 'compensating') AND attention IS NOT NULL)
     OR ($1 = status AND attention IS NULL)
  ORDER BY created_at DESC LIMIT $2`

const UNFINISHED = `SELECT id FROM banyan_sagas WHERE status IN ('running', 'compensating') AND attention IS NULL`

const ATTENDED = `SELECT EXISTS (SELECT FROM banyan_processes WHERE lease_until > now()) AS is`

const RETRY = `
  UPDATE banyan_sagas SET attention = NULL, owner = '', owner_epoch = 0
  WHERE user_id = $1::bigint AND id = $2 AND attention IS NOT NULL AND status IN ('running', 'compensating')
  RETURNING id`
