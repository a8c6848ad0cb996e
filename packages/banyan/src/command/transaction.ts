import type { SagaReference } from '../contract/index.ts'
import { coreErrors, isDeclared, noFaults, type BanyanError, type FaultPoints } from '../core/index.ts'
import type { Database, Transaction } from '../data/index.ts'
import { appendEvents, type PendingAppend, type TracedEvent } from '../log/index.ts'
import { claim, keyName, saveFences, saveKeys, type Claims, type KeyWrite } from './claims.ts'
import { sagaErrors } from './command-errors.ts'
import type { Entry, Result } from './entry.ts'
import type { Acceptance, CommandHandler, Decision } from './handler.ts'
import { claimAsNew, isRefuted, type Presumption } from './presumption.ts'
import type { Outcome, OwnSaga, SagaEnd, SagaHooks, TracedSagaStart } from './saga-hooks.ts'

export interface BatchOptions {
  readonly database: Database
  readonly handler: CommandHandler<unknown, unknown, unknown, unknown, unknown>
  readonly sagas: SagaHooks | null
  /** Of handlers with `presume`. Default: every batch reads first. */
  readonly presumption?: Presumption
  /** How long a key is remembered, milliseconds. */
  readonly retentionMs: number
  /** Named in fault points. Default empty. */
  readonly operation?: string
  /** Default: none. */
  readonly faults?: FaultPoints
}

/** What one committed batch leads to. */
export interface BatchResult {
  /** By index of the entry. */
  readonly results: readonly Result[]
  /** `null`: no event was. */
  readonly appended: PendingAppend | null
  readonly sagas: readonly (TracedSagaStart | SagaEnd)[]
}

/**
 * Carries out a batch in one transaction: claim, load, decide in order of arrival, save, outcomes, events, COMMIT.
 * Two round trips: what is read goes out in one flush, what is written in another together with COMMIT. One, where the handler
 * presumes what it would read: a batch that presumed wrong is rolled back and reads first.
 * @throws what the database or `load` throws; then nothing of the batch is applied (or, `data.COMMIT_UNKNOWN`, all of it may be).
 */
export async function runBatch(options: BatchOptions, entries: readonly Entry[]): Promise<BatchResult> {
  const references = entries.flatMap((entry) => entry.item.call.saga ?? [])
  const isOwner = options.sagas !== null && references.length > 0
  const presumed = isOwner ? null : await presumeNew(options, entries)
  return presumed ?? readFirst(options, entries, references)
}

/** `null`: not tried, or something was there; then nothing of the batch is applied. */
async function presumeNew(options: BatchOptions, entries: readonly Entry[]): Promise<BatchResult | null> {
  const { database, handler, presumption, faults = noFaults } = options
  const { presume } = handler
  if (!presume || !presumption?.takeTry()) return null
  try {
    return await database.transaction(async (tx) => {
      const known = { claims: claimAsNew(tx, entries), owned: NO_SAGAS, state: presume() }
      if (faults.isArmed) await tx.query('SELECT') // behind the claims, so that they are had where a fault point says so
      return decideAll({ tx, options, entries }, known)
    })
  } catch (error) {
    if (!isRefuted(error)) throw error
    presumption.readFirst()
    return null
  }
}

function readFirst(
  options: BatchOptions,
  entries: readonly Entry[],
  references: readonly SagaReference[],
): Promise<BatchResult> {
  const { database, handler, sagas } = options
  return database.transaction(async (tx) => {
    const [claims, owned, state] = await Promise.all([
      claim(tx, entries),
      sagas && references.length > 0 ? sagas.lock(tx, references) : NO_SAGAS,
      handler.load(
        tx,
        entries.map((entry) => entry.item),
      ),
    ])
    return decideAll({ tx, options, entries }, { claims, owned, state })
  })
}

/** What a batch knows before it decides. */
interface Known {
  readonly claims: Claims
  readonly owned: ReadonlyMap<string, OwnSaga>
  readonly state: unknown
}

interface OpenBatch {
  readonly tx: Transaction
  readonly options: BatchOptions
  readonly entries: readonly Entry[]
}

async function decideAll({ tx, options, entries }: OpenBatch, { claims, owned, state }: Known): Promise<BatchResult> {
  const { faults = noFaults, operation } = options
  if (faults.isArmed) await faults.reach('command.claimed', operation)
  const batch = createBatch(options, state, owned)
  const results = entries.map((entry, index) =>
    claims.locked[index] ? (recall(entry, claims, owned) ?? decideOne(batch, entry)) : BUSY,
  )
  const appended = write(tx, batch)
  if (faults.isArmed) await faults.reach('command.effect-done', operation)
  return { results, appended, sagas: batch.sagas }
}

/** A batch being decided: the working state, and what the decisions want written. */
interface Batch {
  readonly options: BatchOptions
  readonly state: unknown
  readonly owned: ReadonlyMap<string, OwnSaga>
  readonly changes: unknown[]
  readonly events: TracedEvent[]
  readonly keys: KeyWrite[]
  readonly sagas: (TracedSagaStart | SagaEnd)[]
  readonly steps: Entry[]
}

function createBatch(options: BatchOptions, state: unknown, owned: ReadonlyMap<string, OwnSaga>): Batch {
  return { options, state, owned, changes: [], events: [], keys: [], sagas: [], steps: [] }
}

const BUSY: Result = { kind: 'busy' }
const NO_SAGAS: ReadonlyMap<string, OwnSaga> = new Map()

/** What is known already: an earlier outcome, another input under the same key, a fence that has moved on. */
function recall(entry: Entry, claims: Claims, owned: ReadonlyMap<string, OwnSaga>): Result | null {
  if (entry.claim) {
    const stored = claims.keys.get(keyName(entry.claim))
    if (!stored) return null
    if (!stored.fingerprint.equals(entry.claim.fingerprint)) return failed(coreErrors.KEY_REUSED())
    const outcome = JSON.parse(stored.outcome) as Outcome
    if (stored.sagaId === null || outcome.kind === 'error') return { kind: 'final', outcome, replayed: true }
    return { kind: 'saga', sagaId: stored.sagaId, acceptance: outcome.reply, replayed: true }
  }
  return entry.item.call.saga ? recallStep(entry, claims, owned) : null
}

function recallStep(entry: Entry, claims: Claims, owned: ReadonlyMap<string, OwnSaga>): Result | null {
  const { id, fence } = entry.item.call.saga!
  const own = owned.get(id)
  const highest = own?.fence ?? claims.fences.get(id) ?? 1
  if (fence < highest) return failed(sagaErrors.FENCED({ sagaId: id, fence, highest }))
  // The error of a saga that turned back is for who began it. Its last step went well: the domain row knows its answer.
  return own?.outcome?.kind === 'reply' ? { kind: 'final', outcome: own.outcome, replayed: true } : null
}

function decideOne(batch: Batch, entry: Entry): Result {
  const { handler } = batch.options
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

function refuseOne(error: BanyanError, entry: Entry, batch: Batch): Result {
  const outcome: Outcome = { kind: 'error', error: error.toJSON() }
  // An answer that invites a repeat is not an outcome: stored, it would be repeated for ever.
  if (entry.claim && error.retry === 'never') batch.keys.push({ entry, outcome: JSON.stringify(outcome), sagaId: null })
  return { kind: 'final', outcome, replayed: false }
}

function acceptOne(decision: Acceptance<unknown, unknown>, entry: Entry, batch: Batch): Result {
  const { saga, reply } = decision
  const outcome: Outcome = { kind: 'reply', reply }
  const sagaId = saga && saga.kind !== 'end' ? saga.id : null
  if (saga?.kind === 'start') batch.sagas.push({ ...saga, traceParent: entry.item.call.traceParent })
  if (saga?.kind === 'end') batch.sagas.push(saga)
  if (entry.claim) batch.keys.push({ entry, outcome: JSON.stringify(outcome), sagaId })
  if (sagaId !== null) return { kind: 'saga', sagaId, acceptance: reply, replayed: false }
  return { kind: 'final', outcome, replayed: reply.replayed }
}

function write(tx: Transaction, batch: Batch): PendingAppend | null {
  const { handler, sagas, database, retentionMs } = batch.options
  if (batch.changes.length > 0) handler.save(tx, batch.changes, batch.state)
  saveKeys(tx, batch.keys, retentionMs)
  saveFences(tx, batch.steps)
  const appended = appendEvents(tx, batch.events)
  const starts = batch.sagas.filter((saga) => saga.kind === 'start')
  const ends = batch.sagas.filter((saga) => saga.kind === 'end')
  if (starts.length > 0) sagas!.begin(tx, database, starts)
  if (ends.length > 0) sagas!.end(tx, ends)
  return appended
}

function failed(error: BanyanError): Result {
  return { kind: 'failed', error }
}
