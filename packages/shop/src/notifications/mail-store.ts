import type { Session, Writer } from 'banyan/data'
import type { StoredEvent } from 'banyan/log'
import type { MailType } from './message.ts'

/** A mail that this process has the lease of. */
export interface ClaimedMail {
  readonly userId: string
  readonly eventId: string
  readonly type: MailType
  readonly payload: unknown
  /** The present attempt, from 1. */
  readonly attempt: number
  /** ISO 8601. */
  readonly createdAt: string
}

/** How an attempt ended. `waiting`: tried again at `dueAt`. */
export interface MailEnd {
  readonly mail: ClaimedMail
  readonly status: 'waiting' | 'sent' | 'no-recipient' | 'needs-attention'
  readonly dueAt: string
  readonly failure: string | null
}

/** Notes a mail per event; one that is noted already stays as it is. */
export function noteMails(tx: Writer, events: readonly StoredEvent[], now: string): void {
  tx.execute(NOTE, [
    events.map((event) => (event.payload as { userId: string }).userId),
    // By what happened, not by where it is logged: a log that is moved gives its events new positions.
    events.map((event) => `${event.type} ${event.aggregateId} ${event.version}`),
    events.map((event) => event.type),
    events.map((event) => JSON.stringify(event.payload)),
    now,
  ])
}

/** Takes mails that are due until `leaseUntil`; several processes take different ones. */
export async function claimMails(
  session: Session,
  { now, leaseUntil, limit }: { readonly now: string; readonly leaseUntil: string; readonly limit: number },
): Promise<readonly ClaimedMail[]> {
  const rows = await session.query<MailRow>(CLAIM, [now, leaseUntil, limit])
  return rows.map((row) => ({
    userId: row.user_id,
    eventId: row.event_id,
    type: row.event_type,
    payload: row.payload,
    attempt: row.attempts,
    createdAt: row.created_at,
  }))
}

/** Each only when its attempt is still the last: a process that was paused past its lease changes nothing. */
export async function endMails(session: Session, ends: readonly MailEnd[], now: string): Promise<void> {
  await session.query(END, [
    ends.map(({ mail }) => mail.userId),
    ends.map(({ mail }) => mail.eventId),
    ends.map(({ mail }) => mail.attempt),
    ends.map(({ status }) => status),
    ends.map(({ dueAt }) => dueAt),
    ends.map(({ failure }) => failure),
    now,
  ])
}

interface MailRow {
  readonly user_id: string
  readonly event_id: string
  readonly event_type: MailType
  readonly payload: unknown
  readonly attempts: number
  readonly created_at: string
}

const NOTE = `
  INSERT INTO mails (user_id, event_id, event_type, payload, due_at, created_at)
  SELECT user_id, event_id, event_type, payload, $5::timestamptz, $5::timestamptz
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::json[]) AS event (user_id, event_id, event_type, payload)
  ORDER BY user_id, event_id
  ON CONFLICT (user_id, event_id) DO NOTHING`

const CLAIM = `
  UPDATE mails SET attempts = attempts + 1, due_at = $2::timestamptz
  WHERE (user_id, event_id) IN (
    SELECT user_id, event_id FROM mails
    WHERE status = 'waiting' AND due_at <= $1::timestamptz
    ORDER BY due_at LIMIT $3::int FOR UPDATE SKIP LOCKED
  )
  RETURNING user_id, event_id, event_type, payload, attempts,
            to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at`

// `finished_at IS NULL` is `status = 'waiting'` (a CHECK of the table), said so that no plan can choose the index of waiting mails: one
// made while the table was empty did, and read the whole backlog for each mail (17 ms for 25 of 10,000, 2026-11-30).
const END = `
  UPDATE mails
  SET status = attempt.status, due_at = attempt.due_at, failure = attempt.failure,
      finished_at = CASE WHEN attempt.status = 'waiting' THEN NULL ELSE $7::timestamptz END
  FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::text[])
    AS attempt (user_id, event_id, number, status, due_at, failure)
  WHERE mails.user_id = attempt.user_id AND mails.event_id = attempt.event_id
    AND mails.attempts = attempt.number AND mails.finished_at IS NULL`
