import { randomText } from '../core/index.ts'
import type { Call } from '../contract/index.ts'
import type { KeyClaim } from './entry.ts'
import { canonicalJson, fingerprintOf, lockNumber, scopeOf } from './fingerprint.ts'
import type { LaneOptions } from './lane.ts'

/** Which command this is, however often it arrives. */
export interface Identity {
  /** Equal for twins. */
  readonly name: string
  readonly claim: KeyClaim | null
  /** Number of the advisory lock that keeps twins out of each other's transactions. */
  readonly lock: string
  readonly bytes: number
}

export function identify(lane: LaneOptions, input: unknown, call: Call): Identity {
  const { id, operation, runner, fingerprintKey } = lane
  const key = call.key ?? randomText(runner.random)
  const scope = scopeOf({ id, http: operation.http }, input, call.principal)
  const name = `${scope} ${key}`
  // A saga's attempts exclude each other by the saga, so that its fence cannot move while a step commits.
  const lock = lockNumber(call.saga ? call.saga.id : name)
  if (operation.outcome !== 'key') return { name, claim: null, lock, bytes: 0 }
  const canonical = canonicalJson(input)
  const fingerprint = fingerprintOf(fingerprintKey, canonical)
  return { name, claim: { scope, key, fingerprint }, lock, bytes: canonical.length }
}
