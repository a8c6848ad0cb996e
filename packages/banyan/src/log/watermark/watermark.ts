import type { Session } from '../../data/index.ts'
import { createWaitingPositions } from './waiting-positions.ts'

/**
 * Up to where a log is final: no event at or below the watermark can appear any more.
 *
 * Positions are drawn before they are committed, so a reader that follows the highest visible one skips those that commit
 * late. The protocol rests on one fact (see `appendEvents`): a transaction has its id before it draws a position.
 *
 * - `level`: nothing is drawn beyond `position`.
 * - `run`: where committed positions follow the watermark without a hole, nobody can have drawn one in between: the last of them is
 *   the watermark. A process knows its own without asking (`pass`), and each look reads those of others.
 * - `waiting`: what stands behind a hole. The sequence stood at S, and afterwards the transaction id X was taken. Whoever drew a
 *   position ≤ S has an id below X. Once a snapshot's xmin is at or above X they have all ended, and S is the watermark.
 *
 * Under load somebody is always about to commit, so a hole is waited for only when the next look finds it still. What is found further
 * on begins to wait, too, and does not wait for the wait before it to end.
 *
 * `xmin` is server-wide: one long transaction of anybody would hold up every hole. So when `waiting` lasts, another
 * proof is asked: no open transaction with an id below X holds the lock that appending takes on the table. It reads the
 * lock table of the whole server, hence not each time.
 *
 * After a crash both sequence and ids may have gone back: the incarnation has changed, and everything starts anew.
 */
export interface Watermark {
  /** 0: nothing is known yet. */
  readonly position: number
  /** Names the server's life in which `position` was found; a read at the watermark must see the same. */
  readonly incarnation: string | null
  readonly isWaiting: boolean
  /** Something is drawn behind a hole, which may close before anybody waits for it. */
  readonly isBehind: boolean
  /** One step of the protocol: one statement, two or three when something is new or it stalls. Not to be called twice at once. */
  advance(): Promise<void>
  /** The next step waits for every hole it finds, and asks the locks of those that it finds waited for. */
  lookClosely(): void
  /** Every position behind the watermark up to this one was committed by this process, in this life of the server. */
  pass(to: number): void
}

export interface WatermarkOptions {
  /** Looks that settle nothing before the locks are asked. Default 10: 200 ms at the poll's floor. */
  readonly stalledAfterLooks?: number
  /** Positions that may wait at once. Default 16; what is drawn meanwhile waits for one of them. */
  readonly maxWaiting?: number
}

export function createWatermark(session: Session, options: WatermarkOptions = {}): Watermark {
  const { stalledAfterLooks = 10, maxWaiting = 16 } = options
  const waiting = createWaitingPositions()
  let position = 0
  let incarnation: string | null = null
  let vainLooks = 0
  let patience = stalledAfterLooks
  let seenTo = 0
  let isClose = false

  return {
    get position() {
      return position
    },
    get incarnation() {
      return incarnation
    },
    get isWaiting() {
      return waiting.count > 0
    },
    get isBehind() {
      return seenTo > position
    },
    advance,
    lookClosely: () => void (isClose = true),
    pass,
  }

  function pass(to: number): void {
    position = Math.max(position, to)
    if (waiting.pass(position)) vainLooks = 0
  }

  async function advance(): Promise<void> {
    const closely = isClose
    isClose = false
    const [look] = await session.query<Look>(LOOK)
    if (look!.incarnation !== incarnation) startAnew(look!.incarnation)
    if (look!.incarnation === null) return beginLife(session)
    if (waiting.count > 0) await settle(BigInt(look!.oldest_running), closely)
    const drawn = Number(look!.last_position)
    if (drawn > position) pass(await readRunEnd(session, position, incarnation!))
    if (drawn <= (waiting.last ?? position) || waiting.count >= maxWaiting) return
    const isNew = seenTo <= position
    seenTo = drawn
    if (isNew && !closely && position > 0) return
    // Taken after the sequence was read, and only when there is something to wait for: an idle log costs no ids.
    const [taken] = await session.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
    if (drawn > position) waiting.add(drawn, BigInt(taken!.id)) // it may have been passed meanwhile
  }

  async function settle(oldestRunning: bigint, closely: boolean): Promise<void> {
    if (settleUpTo(oldestRunning)) return void (patience = stalledAfterLooks)
    if (++vainLooks < patience && !closely) return
    // Held up by somebody else's transaction, and likely to be again: ask the locks at once until it is over.
    const byLocks = await askLocks(session, waiting.transactionIds, incarnation!)
    patience = byLocks !== null && settleUpTo(byLocks) ? 1 : stalledAfterLooks
  }

  function settleUpTo(transactionId: bigint): boolean {
    const settled = waiting.settle(transactionId)
    if (settled !== null) vainLooks = 0
    pass(settled ?? position)
    return settled !== null
  }

  function startAnew(found: string | null): void {
    incarnation = found
    position = vainLooks = seenTo = 0
    waiting.clear()
  }
}

async function beginLife(session: Session): Promise<void> {
  await session.query('INSERT INTO banyan_log_incarnation DEFAULT VALUES ON CONFLICT DO NOTHING')
}

/** The last of the committed positions that follow `after` without a hole; `after`: none does, or the server has begun another life. */
async function readRunEnd(session: Session, after: number, incarnation: string): Promise<number> {
  const [row] = await session.query<{ last: string | null }>(RUN_END, [after, incarnation])
  return Number(row?.last ?? after)
}

/** The last of these ids below which nobody who appends is open; `null`: there is none, or the server has begun another life. */
async function askLocks(session: Session, ids: readonly bigint[], incarnation: string): Promise<bigint | null> {
  const [row] = await session.query<{ settled: string | null }>(SETTLED_BY_LOCKS, [ids.map(String), incarnation])
  return row?.settled ? BigInt(row.settled) : null
}

interface Look {
  readonly last_position: string
  /** `null` after a crash. */
  readonly incarnation: string | null
  readonly oldest_running: string
}

// No parameters and no joins: the poll's statement. With all of the protocol in one statement a look cost 124 µs in
// PostgreSQL instead of 40 (2026-11-23). A transaction that only took an id writes nothing and flushes nothing.
//
// Not `SELECT last_value`: each 32nd draw shows 32 positions too many for a moment, until what it writes ahead is logged, and a scan
// reads them. The function waits for the end of the draw.
export const LOOK = `
  SELECT coalesce(pg_sequence_last_value('banyan_log_position'), 0)::text AS last_position,
         (SELECT id FROM banyan_log_incarnation) AS incarnation,
         pg_snapshot_xmin(pg_current_snapshot())::text AS oldest_running`

// Behind a hole, its last condition ends it before it reads what stands there.
const RUN_END = `
  SELECT max(position) AS last
  FROM (
    SELECT position, row_number() OVER (ORDER BY position) AS number
    FROM (SELECT position FROM banyan_log WHERE position > $1::bigint ORDER BY position LIMIT 500) AS next
  ) AS run
  WHERE position = $1::bigint + number AND EXISTS (SELECT FROM banyan_log_incarnation WHERE id = $2::uuid)
    AND EXISTS (SELECT FROM banyan_log WHERE position = $1::bigint + 1)`

// Whoever drew a position holds this lock on the table and the one on its own id until it has ended.
const SETTLED_BY_LOCKS = `
  WITH oldest AS (
    SELECT max(age(own.transactionid)) AS age
    FROM pg_locks AS appending
    JOIN pg_locks AS own USING (virtualtransaction)
    WHERE appending.locktype = 'relation' AND appending.relation = 'banyan_log'::regclass
      AND appending.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND appending.mode = 'RowExclusiveLock'
      AND own.locktype = 'transactionid' AND own.granted
  )
  SELECT (SELECT max(id::bigint)::text FROM unnest($1::text[]) AS taken (id)
          WHERE oldest.age IS NULL OR oldest.age <= age(taken.id::xid8::xid)) AS settled
  FROM oldest, banyan_log_incarnation WHERE id = $2::uuid`
