import { reply, type AuditReport, type Finding, type Reply } from 'banyan/contract'
import type { Database, Session } from 'banyan/data'

const MAX_ROWS_NAMED = 100

/** The service's own invariants, all seen in one snapshot. */
export function audit(database: Database) {
  return (): Promise<Reply<AuditReport>> =>
    database.transaction(
      async (tx) => {
        const [findings, facts] = await Promise.all([
          Promise.all(INVARIANTS.map((invariant) => check(tx, invariant))),
          tx.query<AuditReport['facts']>(FACTS),
        ])
        return reply({ findings, facts: facts[0]! })
      },
      { mode: 'read' },
    )
}

interface Invariant {
  readonly invariant: string
  /** Answers one row: how many were checked, and the ids that break the rule (`$1`: at most so many). */
  readonly sql: string
}

async function check(tx: Session, { invariant, sql }: Invariant): Promise<Finding> {
  const [found] = await tx.query<{ checked: number; rows: string[] }>(sql, [MAX_ROWS_NAMED])
  const { checked, rows } = found!
  return { invariant, ok: rows.length === 0, checked, rows }
}

const INVARIANTS: readonly Invariant[] = [
  {
    invariant: 'users.email-directory',
    sql: `
      WITH pairs AS (
        SELECT coalesce(live_users.user_id, user_emails.user_id) AS user_id,
               live_users.email IS NOT DISTINCT FROM user_emails.email AS is_right
        FROM live_users
        FULL JOIN user_emails USING (user_id)
      )
      SELECT count(*)::int AS checked,
             coalesce((array_agg(user_id::text ORDER BY user_id) FILTER (WHERE NOT is_right))[1:$1::int], '{}') AS rows
      FROM pairs`,
  },
  {
    invariant: 'users.deleted-is-anonymous',
    sql: `
      WITH checked AS (
        SELECT user_id,
               name <> 'Deleted user'
                 OR EXISTS (SELECT FROM credentials WHERE credentials.user_id = users.user_id)
                 OR EXISTS (SELECT FROM sessions WHERE sessions.user_id = users.user_id)
                 OR EXISTS (SELECT FROM api_keys WHERE api_keys.user_id = users.user_id) AS is_wrong
        FROM users
        WHERE deleted_at IS NOT NULL
      )
      SELECT count(*)::int AS checked,
             coalesce((array_agg(user_id::text ORDER BY user_id) FILTER (WHERE is_wrong))[1:$1::int], '{}') AS rows
      FROM checked`,
  },
  {
    invariant: 'users.has-password',
    sql: `
      SELECT count(*)::int AS checked,
             coalesce(
               (array_agg(user_id::text ORDER BY user_id) FILTER (WHERE password_hash IS NULL))[1:$1::int], '{}'
             ) AS rows
      FROM live_users
      LEFT JOIN credentials USING (user_id)`,
  },
  {
    invariant: 'I8',
    sql: `
      WITH logged AS (
        SELECT aggregate_id, count(*) AS events, max(version) AS last_version
        FROM banyan_log
        GROUP BY aggregate_id
      ), checked AS (
        SELECT user_id,
               event_version IS DISTINCT FROM events OR event_version IS DISTINCT FROM last_version AS is_wrong
        FROM users
        LEFT JOIN logged ON aggregate_id = user_id::text
      )
      SELECT count(*)::int AS checked,
             coalesce((array_agg(user_id::text ORDER BY user_id) FILTER (WHERE is_wrong))[1:$1::int], '{}') AS rows
      FROM checked`,
  },
]

const FACTS = `
  SELECT count(*)::int AS users,
         (count(*) FILTER (WHERE deleted_at IS NULL))::int AS "liveUsers",
         (count(*) FILTER (WHERE role = 'admin'))::int AS admins,
         coalesce(max(user_id), 0)::text AS "lastUserId"
  FROM users`
