import { randomText } from '../../core/index.ts'
import type { Call } from '../../contract/index.ts'
import type { KeyClaim } from '../transaction/entry.ts'
import { canonicalJson, fingerprintOf, lockNumber, scopeOf } from './fingerprint.ts'
import type { LaneOptions } from './lane-options.ts'

/** Which command this is, however often it arrives. */
export interface Identity {
  /** Equal for twins. */
  readonly name: string
  /** Of the input; twins with another one are refused. `null`: not compared. */
  readonly fingerprint: Buffer | null
  readonly claim: KeyClaim | null
  /** Number of the advisory lock that keeps twins out of each other's transactions. */
  readonly lock: number
  readonly bytes: number
}

export function identify(lane: LaneOptions, input: unknown, call: Call): Identity {
  const { operation, runner, fingerprintKey } = lane
  const key = call.key ?? randomText(runner.random)
  const scope = scopeOf(lane, input, call.principal)
  const name = `${scope} ${key}`
  // A saga's attempts exclude each other by the saga, so that its fence cannot move while a step commits.
  const lock = lockNumber(call.saga ? call.saga.id : name)
  // Saga steps name their input by their key; nobody else's word is taken for that.
  if (call.saga || operation.outcome === 'none') return { name, fingerprint: null, claim: null, lock, bytes: 0 }
  const canonical = canonicalJson(input)
  const fingerprint = fingerprintOf(fingerprintKey, canonical)
  const claim = operation.outcome === 'key' ? { scope, key, fingerprint } : null
  return { name, fingerprint, claim, lock, bytes: canonical.length }
}
