import type { Finding } from '../contract/index.ts'
import { auditRows, type Session } from '../data/index.ts'

/** I14: no step after the end; compensations in reverse order, and only for steps that may have run. */
export function auditSagas(tx: Session): Promise<Finding> {
  return auditRows(tx, { invariant: 'I14', count: COUNT, faults: FAULTS })
}

const COUNT = `SELECT count(*)::int AS checked FROM banyan_sagas`

// `at` and `ended_at` are both of the database's clock: processes tell its time from their leases, so that one whose wall clock is
// minutes ahead notes nothing after an end (2026-11-30, found in a campaign). A step that began before the end may be answered, and
// written, long after it; one that began after it, and did something, is wrong. An owner that was stopped and taken over from may still
// try: it fails, or is fenced. Of what one process completed without turning back only the last line is read: 100,000 timelines taken
// apart took more than 5 s, this takes 0.9 (2026-11-30). Compensations are compared within one fence, because a take-over rightly
// begins them again.
const FAULTS = `
  WITH entry AS (
    SELECT id, status, ended_at, kind, step, fields.fence, at, began_at,
           row_number() OVER (PARTITION BY user_id, id ORDER BY fields.fence, at, ordinality) AS place
    FROM banyan_sagas,
         LATERAL (SELECT line::json AS value, ordinality FROM string_to_table(rtrim(timeline, E'\\n'), E'\\n') WITH ORDINALITY AS entries (line, ordinality))
           AS entries,
         LATERAL (SELECT value ->> 'kind' AS kind, value ->> 'step' AS step, coalesce((value ->> 'fence')::int, 1) AS fence,
                         (value ->> 'at')::timestamptz AS at,
                         (value ->> 'at')::timestamptz - coalesce((value ->> 'ms')::float8, 0) * interval '1 millisecond' AS began_at) AS fields
    WHERE status <> 'completed' OR banyan_sagas.fence > 1 OR timeline LIKE '%"kind":"compensated"%' OR timeline LIKE '%"kind": "compensated"%'
      OR substring(timeline FROM '.*"at": ?"([^"]+)"')::timestamptz > ended_at
  ), turned AS (
    SELECT id, min(place) AS place FROM entry WHERE kind = 'compensated' GROUP BY id
  ), faults AS (
    SELECT format('saga %s completed although %s was compensated', id, step) AS fault
    FROM entry WHERE status = 'completed' AND kind = 'compensated'
    UNION ALL
    SELECT format('saga %s ran %s after it had begun to compensate', entry.id, step)
    FROM entry JOIN turned USING (id) WHERE kind = 'ran' AND entry.place > turned.place
    UNION ALL
    SELECT format('saga %s compensated %s before %s, which had run after it', later.id, earlier.step, later.step)
    FROM entry AS ran_first
    JOIN entry AS ran_second USING (id, fence)
    JOIN entry AS earlier ON earlier.id = ran_first.id AND earlier.fence = ran_first.fence AND earlier.step = ran_first.step AND earlier.kind = 'compensated'
    JOIN entry AS later ON later.id = ran_first.id AND later.fence = ran_first.fence AND later.step = ran_second.step AND later.kind = 'compensated'
    WHERE ran_first.kind = 'ran' AND ran_second.kind = 'ran' AND ran_first.place < ran_second.place AND earlier.place < later.place
    UNION ALL
    SELECT format('saga %s: %s, which began %s after its end, has %s', id, step, began_at - ended_at, kind)
    FROM entry WHERE kind IN ('ran', 'compensated') AND began_at > ended_at + interval '100 milliseconds'
  )
  SELECT fault FROM faults LIMIT 100`
