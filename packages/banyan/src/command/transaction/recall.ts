import { coreErrors } from '../../core/index.ts'
import { keyName, type Claims } from './claims.ts'
import { sagaErrors } from '../command-errors.ts'
import { failed, type Entry, type Result } from './entry.ts'
import type { Outcome, OwnSaga } from '../saga-hooks.ts'

/** What is known already: an earlier outcome, another input under the same key, a fence that has moved on. */
export function recall(entry: Entry, claims: Claims, owned: ReadonlyMap<string, OwnSaga>): Result | null {
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
