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
 * Each look that finds the sequence further on begins to wait for that, too, and does not wait for the wait before it to end: under
 * load an event is final when those that were open with it have ended, not those that were open with the look before.
 *
 * `xmin` is server-wide: one long transaction of anybody would hold up every log. So when `waiting` lasts, the second
 * proof is asked: no open transaction with an id below X holds the lock that appending takes on the table. It reads the
 * lock table of the whole server, hence not each time.
 *
 * None of it is needed for what this process has drawn itself: where its committed positions follow the watermark without a hole,
 * nobody else can have drawn one in between (`pass`). A look that finds more drawn than that takes it for this process's own
 * that are about to be committed, as long as they were the last time, and waits for it only if the next look finds it still.
 *
 * After a crash both sequence and ids may have gone back: the incarnation has changed, and everything starts anew.
 */
export interface Watermark {
  /** 0: nothing is known yet. */
  readonly position: number
  /** Names the server's life in which `position` was found; a read at the watermark must see the same. */
  readonly incarnation: string | null
  readonly isWaiting: boolean
  /** What was found drawn of late was this process's own. */
  readonly isAlone: boolean
  /** One step of the protocol: one statement, two when something is new or it stalls. Not to be called twice at once. */
  advance(): Promise<void>
  /** The next step takes nothing for this process's own. */
  lookClosely(): void
  /** This process has drawn positions up to this one. */
  noteDrawn(to: number): void
  /** Everything up to here is committed: what stands behind the watermark was drawn by this process, in this life of the server. */
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
  let position = 0
  let incarnation: string | null = null
  let waiting: readonly Waiting[] = []
  let vainLooks = 0
  let patience = stalledAfterLooks
  let isAlone = false
  /** Up to where this process is known, or taken, to have drawn. */
  let drawnTo = 0
  let isClose = false

  return {
    get position() {
      return position
    },
    get incarnation() {
      return incarnation
    },
    get isWaiting() {
      return waiting.length > 0
    },
    get isAlone() {
      return isAlone
    },
    advance,
    lookClosely: () => void (isClose = true),
    noteDrawn: (to) => void (drawnTo = Math.max(drawnTo, to)),
    pass,
  }

  function pass(to: number): void {
    if (to <= position) return
    position = to
    const left = waiting.filter((one) => one.position > to)
    if (left.length < waiting.length) isAlone = true
    waiting = left
  }

  async function advance(): Promise<void> {
    const closely = isClose
    isClose = false
    const [look] = await session.query<Look>(LOOK)
    if (look!.incarnation === null) return startIncarnation()
    if (look!.incarnation !== incarnation) startAnew(look!.incarnation)
    if (waiting.length > 0) await settle(BigInt(look!.oldest_running))
    const lastPosition = Number(look!.last_position)
    if (lastPosition <= (waiting.at(-1)?.position ?? position) || waiting.length >= maxWaiting) return
    if (isAlone && drawnTo <= position && !closely) return void (drawnTo = lastPosition)
    isAlone = false
    // Taken after the sequence was read, and only when there is something to wait for: an idle log costs no ids.
    const [taken] = await session.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
    if (lastPosition > position) waiting = [...waiting, { position: lastPosition, transactionId: BigInt(taken!.id) }]
  }

  async function settle(oldestRunning: bigint): Promise<void> {
    if (settleUpTo(oldestRunning)) {
      patience = stalledAfterLooks
      return
    }
    if (++vainLooks < patience) return
    // Held up by somebody else's transaction, and likely to be again: ask the locks at once until it is over.
    patience = settleUpTo(await askLocks()) ? 1 : stalledAfterLooks
  }

  /** Whatever began to wait with this transaction's id or one before it. */
  function settleUpTo(transactionId: bigint | null): boolean {
    const settled = waiting.filter((one) => transactionId !== null && one.transactionId <= transactionId)
    if (settled.length === 0) return false
    position = settled.at(-1)!.position
    waiting = waiting.slice(settled.length)
    vainLooks = 0
    return true
  }

  /** Meanwhile some of what waits may become final without. */
  async function askLocks(): Promise<bigint | null> {
    const ids = waiting.map(({ transactionId }) => String(transactionId))
    const [row] = await session.query<{ settled: string | null }>(SETTLED_BY_LOCKS, [ids, incarnation])
    return row?.settled ? BigInt(row.settled) : null
  }

  async function startIncarnation(): Promise<void> {
    startAnew(null)
    await session.query('INSERT INTO banyan_log_incarnation DEFAULT VALUES ON CONFLICT DO NOTHING')
  }

  function startAnew(found: string | null): void {
    incarnation = found
    position = 0
    waiting = []
    vainLooks = drawnTo = 0
    isAlone = false
  }
}

/** Both rise from one to the next. */
interface Waiting {
  readonly position: number
  readonly transactionId: bigint
}

interface Look {
  readonly last_position: string
  /** `null` after a crash. */
  readonly incarnation: string | null
  readonly oldest_running: string
}

// No parameters and no joins: the poll's statement. With all of the protocol in one statement a look cost 124 µs in
// PostgreSQL instead of 40 (2026-11-23). A transaction that only took an id writes nothing and flushes nothing.
const LOOK = `
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last_position,
         (SELECT id FROM banyan_log_incarnation) AS incarnation,
         pg_snapshot_xmin(pg_current_snapshot())::text AS oldest_running
  FROM banyan_log_position`

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
