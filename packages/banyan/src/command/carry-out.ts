import { coreErrors, isDeclared, isError } from '../core/index.ts'
import { dataErrors, type Database } from '../data/index.ts'
import type { Entry } from './entry.ts'
import type { LaneOptions } from './lane.ts'
import type { CommandRunnerOptions } from './runner.ts'
import { runBatch } from './transaction.ts'

/**
 * Carries out a batch and settles each of its entries. A batch that fails for an undeclared reason was rolled back:
 * each item then runs alone, so that only the guilty one fails.
 */
export async function carryOut(
  options: CommandRunnerOptions,
  lane: LaneOptions,
  database: Database,
  entries: readonly Entry[],
): Promise<void> {
  const attempt = () => commit(options, lane, database, entries)
  try {
    await attempt()
  } catch (error) {
    if (isError(error, dataErrors.COMMIT_UNKNOWN)) return resolveUnknown(lane, attempt, entries, error)
    if (entries.length === 1 || isDeclared(error)) return failAll(entries, error)
    options.logger.warn({ operation: lane.id, items: entries.length, error }, 'batch failed; each item runs alone')
    for (const entry of entries) await carryOut(options, lane, database, [entry])
  }
}

async function commit(
  options: CommandRunnerOptions,
  lane: LaneOptions,
  database: Database,
  entries: readonly Entry[],
): Promise<void> {
  const { results, appended, sagas } = await runBatch(
    {
      database,
      handler: lane.handler,
      sagas: options.sagas,
      retentionMs: options.retentionMs ?? DAY_MS,
    },
    entries,
  )
  if (sagas.length > 0) options.sagas!.committed(database, sagas)
  if (appended) options.onAppend(database)
  for (const [index, entry] of entries.entries()) entry.settle(results[index]!)
}

/** The commit's answer was lost. A second run finds the outcomes by their claims or makes them: both are right. */
async function resolveUnknown(
  lane: LaneOptions,
  attempt: () => Promise<void>,
  entries: readonly Entry[],
  cause: unknown,
): Promise<void> {
  if (lane.operation.outcome === 'none') return failAll(entries, cause)
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
