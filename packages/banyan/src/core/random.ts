import { randomBytes } from 'node:crypto'

/** Randomness, handed in. `bytes` is unpredictable; `unit` is for jitter and need not be. */
export interface Random {
  bytes(count: number): Buffer
  /** A number in [0, 1). */
  unit(): number
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  unit: () => Math.random(),
}
