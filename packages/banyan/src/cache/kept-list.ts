import { createHash } from 'node:crypto'
import type { ApplicationCache } from './application-cache.ts'
import type { StoredAnswer } from './answer.ts'
import type { CachedOperation } from './cached-operation.ts'

/** An answer that readers get, by what it says: enough to compare, nothing to read. */
export interface KeptEntry {
  readonly key: string
  readonly digest: string
}

export interface KeptList {
  /** The most recently used ones. */
  readonly entries: readonly KeptEntry[]
  /** Of all that readers get. */
  readonly count: number
}

/** Most that a list names. */
const MAX_LISTED = 10_000

/** What this process would answer readers with. Entries that have ended, and those kept for a service's absence only, are not in it. */
export function listKept<View>(
  { memory, shows }: Pick<ApplicationCache<View>, 'memory' | 'shows'>,
  operations: ReadonlyMap<string, CachedOperation>,
  nowMs: number,
): KeptList {
  const entries: KeptEntry[] = []
  let count = 0
  for (const entry of memory.entries()) {
    const { key } = entry.place
    const operation = operations.get(operationOf(key))
    if (!operation || !shows(operation, entry, nowMs)) continue
    count += 1
    if (count <= MAX_LISTED) entries.push({ key, digest: digestOf(entry.answer) })
  }
  return { entries, count }
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
