import { randomBytes } from 'node:crypto'
import type { Random } from './random.ts'

/** Units repeat with the seed (mulberry32); bytes name things and stay unpredictable. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    bytes: randomBytes,
    unit() {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    },
  }
}
