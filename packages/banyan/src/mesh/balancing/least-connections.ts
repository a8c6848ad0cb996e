import type { Random } from '../../core/index.ts'
import type { Candidate, Strategy } from './strategy.ts'

/** The one with the fewest calls under way, by weight. It looks from a random one on: equals must not all mean the first. */
export function createLeastConnections(random: Random): Strategy {
  return {
    pick(candidates) {
      const start = Math.floor(random.unit() * candidates.length)
      let best = candidates[start]!
      for (let offset = 1; offset < candidates.length; offset++) {
        const candidate = candidates[(start + offset) % candidates.length]!
        if (load(candidate) < load(best)) best = candidate
      }
      return best
    },
  }
}

function load({ inFlight, weight }: Candidate): number {
  return (inFlight + 1) / weight
}
