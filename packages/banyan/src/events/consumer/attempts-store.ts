import type { Session } from '../../data/index.ts'

/** One run over `after < position ≤ last` of a log. */
export interface Run {
  readonly after: number
  readonly last: number
  /** Up to where a failed run reached; `last` when none has failed. */
  readonly suspect: number
}

/** A run about to begin, and what its process takes to be written already. */
export interface PlannedRun {
  readonly log: string
  readonly run: Run
  readonly recorded: Run | null
}

export interface Attempt {
  readonly log: string
  /** How often this very run has been begun, this time included; `null`: not counted, see `unfinished`. */
  readonly attempts: number | null
  /** What stands there when it was not counted: the run of another process, begun and not finished. Plan with it. */
  readonly unfinished: Run | null
}

/**
 * Counts a run before it begins, in a transaction of its own, so that a run that takes the process with it is counted.
 * Without waiting for the disk: the count has to survive our process, not the server.
 * Logs that another process is working on are left out and not counted.
 */
export async function countAttempts(
  session: Session,
  consumer: string,
  { planned, increment }: { planned: readonly PlannedRun[]; increment: 0 | 1 },
): Promise<Attempt[]> {
  const rows = await session.query<AttemptRow>(COUNT_ATTEMPTS, [
    consumer,
    planned.map(({ log }) => log),
    planned.map(({ run }) => run.after),
    planned.map(({ run }) => run.last),
    planned.map(({ run }) => run.suspect),
    planned.map(({ recorded }) => recorded?.last ?? null),
    planned.map(({ recorded }) => recorded?.suspect ?? null),
    increment,
  ])
  return rows.map(({ log, attempts, prior }) => ({
    log,
    attempts,
    unfinished: attempts === null && prior ? { after: prior[0]!, last: prior[1]!, suspect: prior[2]! } : null,
  }))
}

interface AttemptRow {
  readonly log: string
  readonly attempts: number | null
  readonly prior: readonly number[] | null
}

// Lane 0 stands for all: whoever works on a log holds it.
const COUNT_ATTEMPTS = `
  WITH async AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS setting
  ), run AS (
    SELECT * FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
      AS run (log, after, last, suspect, recorded_last, recorded_suspect)
  ), free AS MATERIALIZED (
    SELECT lane.log FROM async, banyan_positions AS lane
    WHERE setting = 'off' AND lane.consumer = $1 AND lane.log = ANY ($2::text[]) AND lane.lane = 0
    FOR UPDATE OF lane SKIP LOCKED
  ), prior AS MATERIALIZED (
    SELECT log, after_position, last_position, suspect_position
    FROM banyan_attempts WHERE consumer = $1 AND log = ANY ($2::text[])
  ), counted AS (
    INSERT INTO banyan_attempts AS stored (consumer, log, after_position, last_position, suspect_position, attempts)
    SELECT $1, log, after, last, suspect, 1
    FROM run JOIN free USING (log) LEFT JOIN prior USING (log)
    WHERE prior.suspect_position IS NULL OR prior.suspect_position <= after
       OR (prior.last_position = recorded_last AND prior.suspect_position = recorded_suspect)
    ON CONFLICT (consumer, log) DO UPDATE SET
      attempts = CASE
        WHEN stored.after_position = excluded.after_position AND stored.last_position = excluded.last_position
        THEN stored.attempts + $8::int ELSE 1 END,
      after_position = excluded.after_position,
      last_position = excluded.last_position,
      suspect_position = excluded.suspect_position
    RETURNING log, attempts
  )
  SELECT log, attempts,
         CASE WHEN prior.log IS NOT NULL
              THEN array[after_position, last_position, suspect_position]::float8[] END AS prior
  FROM free LEFT JOIN counted USING (log) LEFT JOIN prior USING (log)`
