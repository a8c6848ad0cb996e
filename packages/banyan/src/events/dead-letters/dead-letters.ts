import type { Database, Session, Transaction } from '../../data/index.ts'
import type { StoredEvent } from '../../log/index.ts'
import type { DeadLetterStatus } from './dead-letters-store.ts'
import { type DeadLetterRow, findAggregates, listRows, recordFailure, removeLetter, takeFirst } from './replay-store.ts'
import type { ConsumerDefinition } from '../definition.ts'
import { eventsErrors } from '../events-errors.ts'
import { classifyFailure, describeFailure } from '../failure.ts'
import { createUpcaster, type Upcaster } from '../upcast.ts'

/** A dead letter as people see it. */
export interface ListedDeadLetter {
  readonly consumer: string
  /** `orders/0/1` */
  readonly log: string
  readonly position: number
  readonly aggregateId: string
  readonly version: number
  readonly type: string
  readonly payload: unknown
  readonly recordedAt: string
  readonly traceParent: string | null
  readonly status: DeadLetterStatus
  readonly error: string | null
  readonly attempts: number
  readonly parkedAt: string
}

export interface DeadLetterFilter {
  readonly consumer?: string
  readonly log?: string
  readonly aggregateId?: string
}

/** Dead letters in order of log and position, at most `limit` (default 100). */
export async function listDeadLetters(
  session: Session,
  filter: DeadLetterFilter = {},
  limit = 100,
): Promise<ListedDeadLetter[]> {
  return (await listRows(session, filter, limit)).map(toListed)
}

export interface ReplayOptions {
  readonly database: Database
  readonly definition: ConsumerDefinition
  /** Only this log's, only this aggregate's. Default: all. */
  readonly log?: string
  readonly aggregateId?: string
  /** Also those that were skipped: they are applied now, out of order. Default false. */
  readonly includeSkipped?: boolean
  /** Most events. Default 10,000. */
  readonly limit?: number
}

export interface ReplayResult {
  readonly replayed: number
  /** Where an aggregate failed again: it goes on waiting. */
  readonly failed: readonly { readonly log: string; readonly position: number; readonly error: string }[]
}

/**
 * Applies dead letters, each aggregate's in order and each event in a transaction of its own; consumption goes on
 * meanwhile. An aggregate whose last letter is applied is free again.
 * @throws `events.UNKNOWN_DEAD_LETTERS` when none match; what the database throws when it cannot be reached.
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayResult> {
  const { database, definition, limit = 10_000 } = options
  const upcaster = createUpcaster(definition.types, definition.upcasts)
  const aggregates = await findAggregates(database, definition.name, options)
  if (aggregates.length === 0) throw eventsErrors.UNKNOWN_DEAD_LETTERS({ consumer: definition.name })
  const result = { replayed: 0, failed: [] as { log: string; position: number; error: string }[] }
  for (const aggregate of aggregates) {
    while (result.replayed < limit) {
      const outcome = await replayFirst(options, upcaster, aggregate)
      if (outcome.kind === 'applied') result.replayed++
      if (outcome.kind === 'failed') result.failed.push(outcome)
      if (outcome.kind !== 'applied') break
    }
  }
  return result
}

type ReplayOutcome =
  | { readonly kind: 'applied' | 'none' }
  | { readonly kind: 'failed'; readonly log: string; readonly position: number; readonly error: string }

async function replayFirst(
  { database, definition, includeSkipped = false }: ReplayOptions,
  upcaster: Upcaster,
  aggregate: { readonly log: string; readonly aggregateId: string },
): Promise<ReplayOutcome> {
  const consumer = definition.name
  let taken: DeadLetterRow | null = null
  try {
    return await database.transaction(async (tx: Transaction) => {
      taken = await takeFirst(tx, consumer, { ...aggregate, includeSkipped })
      if (!taken) return { kind: 'none' }
      await definition.handle(tx, [upcaster.upcast(toEvent(taken))])
      removeLetter(tx, taken)
      return { kind: 'applied' }
    })
  } catch (error) {
    if (!taken || classifyFailure(error) !== 'poison') throw error
    const { log, position } = taken as DeadLetterRow
    const description = describeFailure(error)
    await recordFailure(database, taken, description)
    return { kind: 'failed', log, position: Number(position), error: description }
  }
}

function toEvent(row: DeadLetterRow): StoredEvent {
  const [producer, shard, epoch] = row.log.split('/')
  return {
    log: { producer: producer!, shard: Number(shard), epoch: Number(epoch) },
    position: Number(row.position),
    aggregateId: row.aggregate_id,
    version: row.version,
    type: row.type,
    payload: row.payload,
    recordedAt: row.recorded_at.toISOString(),
    traceParent: row.trace_parent,
  }
}

function toListed(row: DeadLetterRow): ListedDeadLetter {
  const { log: _, ...event } = toEvent(row)
  const { consumer, log, status, error, attempts } = row
  return { ...event, consumer, log, status, error, attempts, parkedAt: row.parked_at.toISOString() }
}
