import type { Random } from '../../core/index.ts'
import type { Candidate, Strategy } from './strategy.ts'

/**
 * The better of two drawn at random (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001), where
 * better means a lower latency × calls under way. All callers choosing the best would flock to it; two random ones spread.
 */
export function createP2cEwma(random: Random): Strategy {
  return {
    pick(candidates) {
      const count = candidates.length
      if (count === 1) return candidates[0]!
      const first = Math.floor(random.unit() * count)
      const second = (first + 1 + Math.floor(random.unit() * (count - 1))) % count
      const one = candidates[first]!
      const other = candidates[second]!
      return cost(one) <= cost(other) ? one : other
    },
  }
}

function cost({ latencyMs, inFlight, weight }: Candidate): number {
  return (Math.max(latencyMs, MIN_LATENCY_MS) * (inFlight + 1)) / weight
}

/** Below this, differences are noise: calls under way decide. */
const MIN_LATENCY_MS = 0.1
