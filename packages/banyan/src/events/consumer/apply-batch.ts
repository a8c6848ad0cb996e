import { noFaults, type FaultPoints } from '../../core/index.ts'
import type { Database, Transaction } from '../../data/index.ts'
import type { StoredEvent } from '../../log/index.ts'
import { countParked, type DeadLetter, findParked, insertDeadLetters } from '../dead-letters/dead-letters-store.ts'
import { eventsErrors } from '../events-errors.ts'
import type { PendingEvent } from './log-cursor.ts'
import { type LaneMove, type LanePosition, moveLanes, takeLanes } from './positions-store.ts'

export interface BatchContext {
  readonly database: Database
  readonly consumer: string
  readonly maxParked: number
  /** What a poisoned event becomes. */
  readonly poisonStatus: 'poisoned' | 'skipped'
  /** Default: none. */
  readonly faults?: FaultPoints
  /** Upcasts and handles; not called without events. */
  handle(tx: Transaction, events: readonly StoredEvent[]): Promise<void>
}

/** The part of a batch that comes from one log: all its events behind the lanes' positions, up to `upTo`. */
export interface BatchPart {
  readonly log: string
  readonly upTo: number
  readonly events: readonly PendingEvent[]
  /** Up to where this process knows each lane; `events` say nothing about what is before. */
  readonly knownPositions: readonly number[]
  /** The guilty event, found: it becomes a dead letter instead of being handled. */
  readonly poison: { readonly position: number; readonly error: string; readonly attempts: number } | null
}

/**
 * Applies events and moves the positions of their lanes, in one transaction. Lanes that another process holds are left
 * out; events that another process has applied are recognised by the lane's position.
 * @returns where the lanes that were taken stand after the commit.
 */
export function applyBatch(context: BatchContext, parts: readonly BatchPart[]): Promise<readonly LanePosition[]> {
  const { faults = noFaults } = context
  return context.database.transaction(async (tx) => {
    const logs = parts.map((part) => part.log)
    const lanes = await takeLanes(tx, context.consumer, logs)
    const parked = await findParkedAmong(tx, context.consumer, { lanes, parts })
    const batch = new Batch(context, parked)
    for (const part of parts) batch.sortIn(part, lanes)
    if (batch.letters.length > 0) await checkRoom(tx, context, batch.letters.length)
    if (batch.handled.length > 0) await context.handle(tx, batch.handled)
    if (faults.isArmed && batch.handled.length > 0) await faults.reach('consumer.handled', context.consumer)
    insertDeadLetters(tx, context.consumer, batch.letters)
    if (batch.moves.length > 0) moveLanes(tx, context.consumer, batch.moves)
    return lanes.map((lane) => batch.moved(lane))
  })
}

/** What becomes of each event of a batch. */
class Batch {
  readonly handled: StoredEvent[] = []
  readonly letters: DeadLetter[] = []
  readonly #moves = new Map<string, LaneMove>()
  readonly #context: BatchContext
  readonly #parked: Set<string>

  constructor(context: BatchContext, parked: ReadonlySet<string>) {
    this.#context = context
    this.#parked = new Set(parked)
  }

  get moves(): readonly LaneMove[] {
    return [...this.#moves.values()]
  }

  sortIn(part: BatchPart, lanes: readonly LanePosition[]): void {
    const own = lanes.filter((lane) => lane.log === part.log && isComplete(part, lane) && lane.position < part.upTo)
    const tallies = new Map(
      own.map((lane) => [lane.lane, { from: lane.position, processed: 0, passed: 0, parked: 0, skipped: 0 }]),
    )
    for (const pending of part.events) {
      const tally = tallies.get(pending.lane)
      if (tally && pending.event.position > tally.from) tally[this.#sortOne(part, pending)]++
    }
    for (const [lane, { processed, passed, parked }] of tallies) {
      this.#moves.set(`${part.log} ${lane}`, { log: part.log, lane, position: part.upTo, processed, passed, parked })
    }
  }

  moved(lane: LanePosition): LanePosition {
    return { ...lane, position: this.#moves.get(`${lane.log} ${lane.lane}`)?.position ?? lane.position }
  }

  #sortOne(part: BatchPart, { event, lane, isWanted }: PendingEvent): 'processed' | 'passed' | 'parked' | 'skipped' {
    if (!isWanted) return 'passed'
    const aggregate = `${part.log} ${event.aggregateId}`
    if (this.#parked.has(aggregate)) {
      this.letters.push({ log: part.log, lane, event, status: 'waiting', error: null, attempts: 0 })
      return 'parked'
    }
    if (part.poison?.position !== event.position) {
      this.handled.push(event)
      return 'processed'
    }
    const status = this.#context.poisonStatus
    this.letters.push({ log: part.log, lane, event, status, error: part.poison.error, attempts: part.poison.attempts })
    if (status === 'skipped') return 'skipped'
    this.#parked.add(aggregate)
    return 'parked'
  }
}

/** After a crash of the server a lane may stand before what this process has read: it has to read again first. */
function isComplete(part: BatchPart, lane: LanePosition): boolean {
  return lane.position >= part.knownPositions[lane.lane]!
}

async function findParkedAmong(
  tx: Transaction,
  consumer: string,
  { lanes, parts }: { lanes: readonly LanePosition[]; parts: readonly BatchPart[] },
): Promise<ReadonlySet<string>> {
  const held = new Set(lanes.filter((lane) => lane.parked > 0).map((lane) => `${lane.log} ${lane.lane}`))
  if (held.size === 0) return NONE
  const suspects = parts.flatMap(({ log, events }) =>
    events
      .filter(({ lane, isWanted }) => isWanted && held.has(`${log} ${lane}`))
      .map(({ event }) => ({ log, aggregateId: event.aggregateId })),
  )
  return suspects.length > 0 ? findParked(tx, consumer, suspects) : NONE
}

const NONE: ReadonlySet<string> = new Set()

async function checkRoom(tx: Transaction, context: BatchContext, more: number): Promise<void> {
  const { consumer, maxParked } = context
  const parked = await countParked(tx, consumer)
  if (parked + more > maxParked) throw eventsErrors.PARKED_FULL({ consumer, parked, maxParked })
}
