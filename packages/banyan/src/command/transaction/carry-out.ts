import { coreErrors, isDeclared, isError, noFaults, type FaultPoints } from '../../core/index.ts'
import { dataErrors, type Database } from '../../data/index.ts'
import type { Entry } from './entry.ts'
import type { LaneOptions } from '../lane/lane-options.ts'
import { runBatch } from './transaction.ts'

/**
 * Carries out a batch and settles each of its entries. A batch that failed was rolled back: each item then runs alone, so that only the
 * guilty one fails. Unless the error is declared and says that all may try again: that one is about the database, not about an item.
 */
export async function carryOut(lane: LaneOptions, database: Database, entries: readonly Entry[]): Promise<void> {
  const attempt = () => commit(lane, database, entries)
  try {
    await attempt()
  } catch (error) {
    if (isError(error, dataErrors.COMMIT_UNKNOWN)) {
      lane.presumption.readFirst() // it is likely to be there by now
      return lane.operation.outcome === 'none' ? failAll(entries, error) : resolveUnknown(attempt, entries)
    }
    if (entries.length === 1 || (isDeclared(error) && error.retry !== 'never')) return failAll(entries, error)
    lane.runner.logger.warn({ operation: lane.id, items: entries.length, error }, 'batch failed; each item runs alone')
    for (const entry of entries) await carryOut(lane, database, [entry])
  }
}

async function commit(
  { id, runner, handler, presumption }: LaneOptions,
  database: Database,
  entries: readonly Entry[],
): Promise<void> {
  const { sagas: hooks, retentionMs = DAY_MS, faults = noFaults } = runner
  const batch = { database, handler, sagas: hooks, presumption, retentionMs, operation: id, faults }
  const { results, appended, sagas } = await runBatch(batch, entries)
  if (faults.isArmed) await reachCommitted(faults, id)
  if (sagas.length > 0) hooks!.committed(database, sagas)
  if (appended) runner.onAppend(database, await appended.afterCommit())
  for (const [index, entry] of entries.entries()) entry.settle(results[index]!)
}

/** What fails between COMMIT and its answer is an answer that got lost. */
async function reachCommitted(faults: FaultPoints, operation: string): Promise<void> {
  try {
    await faults.reach('command.committed', operation)
  } catch (error) {
    throw dataErrors.COMMIT_UNKNOWN({}, { cause: error })
  }
}

/** The commit's answer was lost. A second run finds the outcomes by their claims or makes them: both are right. */
async function resolveUnknown(attempt: () => Promise<void>, entries: readonly Entry[]): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    failAll(entries, coreErrors.UNAVAILABLE({ what: 'The database' }, { cause: error }))
  }
}

function failAll(entries: readonly Entry[], error: unknown): void {
  const declared = isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error })
  for (const entry of entries) entry.settle({ kind: 'failed', error: declared })
}

const DAY_MS = 86_400_000
