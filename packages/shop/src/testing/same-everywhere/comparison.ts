import assert from 'node:assert/strict'
import type { Cast, ShopUnderTest } from '../shop-suite/cast.ts'
import { readBusinessState, type BusinessState } from './business-state.ts'
import { play, type Played } from './play.ts'
import type { Workload } from './workload.ts'

/** Plays one workload in one shop after the other, and holds what it leaves behind against the first. */
export interface Comparison {
  /** @throws where the shop ends in another state than the first one did. */
  check(shop: ShopUnderTest, cast: Cast): Promise<Played>
  /** Of the first shop. */
  readonly expected: BusinessState | null
}

export function createComparison(workload: Workload): Comparison {
  let expected: BusinessState | null = null
  return {
    get expected() {
      return expected
    },
    async check({ outbox }, cast) {
      const played = await play(cast, workload)
      const state = await readBusinessState(cast, played, outbox)
      if (expected) assert.deepEqual(state, expected, 'the same workload has left another state than in the first shop')
      expected ??= state
      return played
    },
  }
}
