import type { Session } from '../data/index.ts'

/**
 * Up to where a log is final: no event at or below the watermark can appear any more.
 *
 * Positions are drawn before they are committed, so a reader that follows the highest visible one skips those that commit
 * late. The protocol rests on one fact (see `appendEvents`): a transaction has its id before it draws a position.
 *
 * - `level`: nothing is drawn beyond `position`.
 * - `waiting`: the sequence stood at S, and afterwards the transaction id X was taken. Whoever drew a position ≤ S has an
 *   id below X. Once a snapshot's xmin is at or above X they have all ended, and S is the watermark.
 *
 * `xmin` is server-wide: one long transaction of anybody would hold up every log. So when `waiting` lasts, the second
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
  /** One step of the protocol, one statement (two when it stalls). Not to be called twice at once. */
  advance(): Promise<void>
}

export interface WatermarkOptions {
  /** Rounds in `waiting` before the locks are asked. Default 10: 200 ms at the poll's floor. */
  readonly stalledAfterRounds?: number
}

export function createWatermark(session: Session, options: WatermarkOptions = {}): Watermark {
  const { stalledAfterRounds = 10 } = options
  let position = 0
  let incarnation: string | null = null
  let waiting: Waiting | null = null
  let patience = stalledAfterRounds

  return {
    get position() {
      return position
    },
    get incarnation() {
      return incarnation
    },
    get isWaiting() {
      return waiting !== null
    },
    advance,
  }

  async function advance(): Promise<void> {
    const [round] = await session.query<Round>(ROUND, [
      waiting?.position ?? position,
      waiting?.transactionId ?? null,
      incarnation,
    ])
    if (!round) return startIncarnation()
    if (round.incarnation !== incarnation) startAnew(round.incarnation)
    else if (waiting) await settle(waiting, round.settled)
    if (round.transaction_id === null) return
    waiting = { position: Number(round.last_position), transactionId: round.transaction_id, rounds: 0 }
  }

  async function settle(on: Waiting, byTransactions: boolean): Promise<void> {
    on.rounds++
    const byLocks = !byTransactions && on.rounds >= patience && (await isSettledByLocks(on))
    if (!byTransactions && !byLocks) return
    // Held up by somebody else's transaction, and likely to be again: ask the locks at once until it is over.
    patience = byLocks ? 1 : stalledAfterRounds
    position = on.position
    waiting = null
  }

  async function isSettledByLocks(on: Waiting): Promise<boolean> {
    const [row] = await session.query<{ settled: boolean }>(SETTLED_BY_LOCKS, [on.transactionId, incarnation])
    return row?.settled ?? false
  }

  async function startIncarnation(): Promise<void> {
    startAnew(null)
    await session.query('INSERT INTO banyan_log_incarnation DEFAULT VALUES ON CONFLICT DO NOTHING')
  }

  function startAnew(found: string | null): void {
    incarnation = found
    position = 0
    waiting = null
  }
}

interface Waiting {
  readonly position: number
  readonly transactionId: string
  rounds: number
}

interface Round {
  readonly incarnation: string
  readonly last_position: string
  readonly settled: boolean
  readonly transaction_id: string | null
}

// MATERIALIZED fixes the order: the sequence is read first, the id is taken after. An id is taken only when there is
// something to wait for, so an idle log costs none. A transaction that only took an id writes nothing and flushes nothing.
const ROUND = `
  WITH sequence AS MATERIALIZED (
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last_position FROM banyan_log_position
  ), round AS MATERIALIZED (
    SELECT incarnation.id AS incarnation, last_position,
           incarnation.id IS DISTINCT FROM $3::uuid AS is_new,
           coalesce(pg_snapshot_xmin(pg_current_snapshot()) >= $2::text::xid8, true) AS settled
    FROM sequence, banyan_log_incarnation AS incarnation
  )
  SELECT incarnation, last_position, settled,
         CASE WHEN last_position > 0 AND (is_new OR settled AND last_position <> $1::bigint)
              THEN pg_current_xact_id()::text END AS transaction_id
  FROM round`

// Whoever drew a position holds this lock on the table and the one on its own id until it has ended.
const SETTLED_BY_LOCKS = `
  SELECT NOT EXISTS (
    SELECT FROM pg_locks AS appending
    JOIN pg_locks AS own USING (virtualtransaction)
    WHERE appending.locktype = 'relation' AND appending.relation = 'banyan_log'::regclass
      AND appending.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND appending.mode = 'RowExclusiveLock'
      AND own.locktype = 'transactionid' AND own.granted
      AND age(own.transactionid) > age($1::text::xid8::xid)
  ) AS settled
  FROM banyan_log_incarnation WHERE id = $2::uuid`
