import { createHash } from 'node:crypto'
import type { Random } from '../core/index.ts'
import type { ApplicationCache } from './application-cache.ts'
import type { StoredAnswer } from './answer.ts'
import type { CachedOperation } from './cached-operation.ts'
import { sampleOf } from './sample.ts'

/** An answer that readers get, by what it says: enough to compare, nothing to read. */
export interface KeptEntry {
  readonly key: string
  readonly digest: string
}

export interface KeptList {
  /** All, or an even sample of them. */
  readonly entries: readonly KeptEntry[]
  /** Of all that readers get. */
  readonly count: number
}

/** What this process would answer readers with. Entries that have ended, and those kept for a service's absence only, are not in it. */
export function listKept<View>(
  { memory, shows }: Pick<ApplicationCache<View>, 'memory' | 'shows'>,
  operations: ReadonlyMap<string, CachedOperation>,
  { nowMs, random }: { readonly nowMs: number; readonly random: Random },
): KeptList {
  const shown = [...memory.entries()].filter((entry) => {
    const operation = operations.get(operationOf(entry.place.key))
    return operation !== undefined && shows(operation, entry, nowMs)
  })
  const entries = sampleOf(shown, random).map(({ place, answer }) => ({ key: place.key, digest: digestOf(answer) }))
  return { entries, count: shown.length }
}

/** Two answers with one digest are the same to every reader, validators included. */
export function digestOf({ data, versions, changedAt }: StoredAnswer): string {
  if (data === null) return 'absent'
  return createHash('sha256')
    .update(JSON.stringify([versions, changedAt]))
    .update(data)
    .digest('base64url')
}

function operationOf(key: string): string {
  const end = key.indexOf(' ')
  return end < 0 ? key : key.slice(0, end)
}
