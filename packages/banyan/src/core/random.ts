import { randomBytes } from 'node:crypto'

/** Randomness, handed in. `bytes` is unpredictable; `unit` is for jitter and need not be. */
export interface Random {
  bytes(count: number): Buffer
  /** A number in [0, 1). */
  unit(): number
}

export const systemRandom: Random = createSystemRandom()

/** Bytes are drawn from the system in stocks, because each draw costs microseconds however few are asked for. */
function createSystemRandom(): Random {
  let stock = Buffer.alloc(0)
  return {
    bytes(count) {
      if (count > STOCK_BYTES / 4) return randomBytes(count)
      if (stock.length < count) stock = randomBytes(STOCK_BYTES)
      // A copy that is taken out of the stock: no byte is handed out twice, and none stays behind.
      const taken = Buffer.from(stock.subarray(0, count))
      stock.fill(0, 0, count)
      stock = stock.subarray(count)
      return taken
    },
    unit: () => Math.random(),
  }
}

const STOCK_BYTES = 4_096
