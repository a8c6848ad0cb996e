import type { Call } from '../../contract/index.ts'

/** What a strategy may know of an instance. Kept by the balancer. */
export interface Candidate {
  readonly id: string
  /** Calls under way. */
  readonly inFlight: number
  /** Moving average of the time a call takes, milliseconds; failures count as slow. */
  readonly latencyMs: number
  /** 0–1: below 1 while it warms up after it came. */
  readonly weight: number
}

/** What a strategy may know of a call: the client's address, for `ip-hash`. */
export type Balanced = Pick<Call, 'affinity'>

/** Chooses among the instances that are fit to be called. Stateless ones are functions of their arguments. */
export interface Strategy {
  /** @param candidates at least one; in the same order as long as the set is the same. */
  pick<C extends Candidate>(candidates: readonly C[], call: Balanced): C
}

export type StrategyName = 'p2c-ewma' | 'round-robin' | 'least-connections' | 'ip-hash'
