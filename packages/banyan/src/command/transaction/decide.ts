import { coreErrors, isDeclared, type BanyanError } from '../../core/index.ts'
import type { TracedEvent } from '../../log/index.ts'
import type { Claims, KeyWrite } from './claims.ts'
import { sagaErrors } from '../command-errors.ts'
import { failed, type Entry, type Result } from './entry.ts'
import type { Acceptance, CommandHandler, Decision } from '../handler.ts'
import { recall } from './recall.ts'
import type { Outcome, OwnSaga, SagaEnd, TracedSagaStart } from '../saga-hooks.ts'

export type BatchHandler = CommandHandler<unknown, unknown, unknown, unknown, unknown>

/** What a batch knows before it decides. */
export interface Known {
  readonly claims: Claims
  /** By saga id: those that this service owns, locked. */
  readonly owned: ReadonlyMap<string, OwnSaga>
  /** What the handler's `load` read, or its `presume` presumed. */
  readonly state: unknown
}

/** A batch being decided: the working state, what each command is told, and what the decisions want written. */
export interface DecidedBatch {
  readonly handler: BatchHandler
  readonly state: unknown
  readonly owned: ReadonlyMap<string, OwnSaga>
  /** By index of the entry. */
  readonly results: Result[]
  readonly changes: unknown[]
  readonly events: TracedEvent[]
  readonly keys: KeyWrite[]
  readonly sagas: (TracedSagaStart | SagaEnd)[]
  readonly steps: Entry[]
}

/** Decides the entries in order of arrival, each on the state as those before it left it. Writes nothing. */
export function decideAll(handler: BatchHandler, entries: readonly Entry[], known: Known): DecidedBatch {
  const batch = createBatch(handler, known)
  const { claims, owned } = known
  entries.forEach((entry, index) => {
    batch.results.push(claims.locked[index] ? (recall(entry, claims, owned) ?? decideOne(batch, entry)) : BUSY)
  })
  return batch
}

const BUSY: Result = { kind: 'busy' }

function createBatch(handler: BatchHandler, { state, owned }: Known): DecidedBatch {
  return { handler, state, owned, results: [], changes: [], events: [], keys: [], sagas: [], steps: [] }
}

function decideOne(batch: DecidedBatch, entry: Entry): Result {
  const { handler } = batch
  let decision: Decision<unknown, unknown>
  try {
    decision = handler.decide(batch.state, entry.item)
  } catch (error) {
    // Nothing of this item has reached the state yet: it fails alone and the batch goes on.
    return failed(isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error }))
  }
  if (isTooLate(decision, batch.owned)) return failed(sagaErrors.COMPENSATED())
  if (entry.item.call.saga) batch.steps.push(entry)
  for (const change of decision.changes) {
    handler.evolve(batch.state, change)
    batch.changes.push(change)
  }
  for (const event of decision.events) batch.events.push({ ...event, traceParent: entry.item.call.traceParent })
  return decision.kind === 'refuse' ? refuseOne(decision.error, entry, batch) : acceptOne(decision, entry, batch)
}

/** An end that was under way when its saga turned back: it would complete what is being undone, under the same fence. */
function isTooLate(decision: Decision<unknown, unknown>, owned: ReadonlyMap<string, OwnSaga>): boolean {
  if (decision.kind === 'refuse' || decision.saga?.kind !== 'end') return false
  const own = owned.get(decision.saga.id)
  return own !== undefined && own.status !== ENDS_FROM[decision.saga.status]
}

const ENDS_FROM = { completed: 'running', compensated: 'compensating' } as const

function refuseOne(error: BanyanError, entry: Entry, batch: DecidedBatch): Result {
  const outcome: Outcome = { kind: 'error', error: error.toJSON() }
  // An answer that invites a repeat is not an outcome: stored, it would be repeated for ever.
  if (entry.claim && error.retry === 'never') batch.keys.push({ entry, outcome: JSON.stringify(outcome), sagaId: null })
  return { kind: 'final', outcome, replayed: false }
}

function acceptOne(decision: Acceptance<unknown, unknown>, entry: Entry, batch: DecidedBatch): Result {
  const { saga, reply } = decision
  const outcome: Outcome = { kind: 'reply', reply }
  const sagaId = saga && saga.kind !== 'end' ? saga.id : null
  if (saga?.kind === 'start') batch.sagas.push({ ...saga, traceParent: entry.item.call.traceParent })
  if (saga?.kind === 'end') batch.sagas.push(saga)
  if (entry.claim) batch.keys.push({ entry, outcome: JSON.stringify(outcome), sagaId })
  if (sagaId !== null) return { kind: 'saga', sagaId, acceptance: reply, replayed: false }
  return { kind: 'final', outcome, replayed: reply.replayed }
}
