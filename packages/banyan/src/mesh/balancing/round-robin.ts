import type { Random } from '../../core/index.ts'
import type { Strategy } from './strategy.ts'

/** One after the other. One that warms up is passed over as often as its weight falls short of 1. */
export function createRoundRobin(random: Random): Strategy {
  let turn = 0
  return {
    pick(candidates) {
      for (let tried = 0; tried < candidates.length; tried++) {
        const candidate = candidates[turn++ % candidates.length]!
        if (candidate.weight >= 1 || random.unit() < candidate.weight) return candidate
      }
      return candidates[turn++ % candidates.length]!
    },
  }
}
