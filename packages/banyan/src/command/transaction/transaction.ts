import type { SagaReference } from '../../contract/index.ts'
import { noFaults, type FaultPoints } from '../../core/index.ts'
import type { Database, Transaction } from '../../data/index.ts'
import { appendEvents, type PendingAppend } from '../../log/index.ts'
import { claim, saveFences, saveKeys } from './claims.ts'
import { decideAll, type BatchHandler, type DecidedBatch, type Known } from './decide.ts'
import type { Entry, Result } from './entry.ts'
import { claimAsNew, isRefuted, type Presumption } from './presumption.ts'
import type { OwnSaga, SagaEnd, SagaHooks, TracedSagaStart } from '../saga-hooks.ts'

export interface BatchOptions {
  readonly database: Database
  readonly handler: BatchHandler
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
      return decideAndWrite({ tx, options, entries }, known)
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
    return decideAndWrite({ tx, options, entries }, { claims, owned, state })
  })
}

const NO_SAGAS: ReadonlyMap<string, OwnSaga> = new Map()

interface OpenBatch {
  readonly tx: Transaction
  readonly options: BatchOptions
  readonly entries: readonly Entry[]
}

/** What both ways end with. */
async function decideAndWrite({ tx, options, entries }: OpenBatch, known: Known): Promise<BatchResult> {
  const { handler, faults = noFaults, operation } = options
  if (faults.isArmed) await faults.reach('command.claimed', operation)
  const batch = decideAll(handler, entries, known)
  const appended = write(tx, options, batch)
  if (faults.isArmed) await faults.reach('command.effect-done', operation)
  return { results: batch.results, appended, sagas: batch.sagas }
}

function write(tx: Transaction, options: BatchOptions, batch: DecidedBatch): PendingAppend | null {
  const { handler, sagas, database, retentionMs } = options
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
