import type { Candidate, Strategy } from './strategy.ts'

/**
 * The same client meets the same instance as long as that is fit. Weighted rendezvous hashing (Thaler and Ravishankar, 1998;
 * weights as in Schindelhauer and Schomaker, 2005): each instance draws a score from its id and the client, the highest wins.
 * So one more takes its share from all others alike, one less gives its own clients to them, and nobody else moves. A ring
 * needs 100 points an instance and a table to be as even.
 *
 * @param otherwise For calls of which no client address is known.
 */
export function createIpHash(otherwise: Strategy): Strategy {
  return {
    pick(candidates, call) {
      const { affinity } = call
      if (affinity === undefined) return otherwise.pick(candidates, call)
      const seed = fnv1a(affinity, FNV_OFFSET)
      let best = candidates[0]!
      let bestScore = -1
      for (const candidate of candidates) {
        const score = scoreOf(candidate, seed)
        if (score > bestScore) {
          best = candidate
          bestScore = score
        }
      }
      return best
    },
  }
}

/** −weight ÷ ln(u) for a uniform u: with it each one's share of all clients is its share of all weights. */
function scoreOf({ id, weight }: Candidate, seed: number): number {
  const uniform = (mix(fnv1a(id, seed)) + 0.5) / 2 ** 32
  return -weight / Math.log(uniform)
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

function fnv1a(text: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME)
  return hash
}

/** MurmurHash3's finaliser: FNV alone leaves `orders-1` and `orders-2` too alike. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
