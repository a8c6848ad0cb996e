/**
 * Positions that were seen drawn, each with a transaction's id taken afterwards: it is final once every transaction with an id below
 * that has ended.
 */
export interface WaitingPositions {
  readonly count: number
  /** The highest; `null`: none waits. */
  readonly last: number | null
  readonly transactionIds: readonly bigint[]
  /** Behind all that wait, with a later id. */
  add(position: number, transactionId: bigint): void
  /** Forgets what waits for this id or one before it. The highest such position; `null`: there is none. */
  settle(transactionId: bigint): number | null
  /** Forgets what waits at or below `position`. Whether something did. */
  pass(position: number): boolean
  clear(): void
}

export function createWaitingPositions(): WaitingPositions {
  let waiting: readonly { readonly position: number; readonly transactionId: bigint }[] = []

  return {
    get count() {
      return waiting.length
    },
    get last() {
      return waiting.at(-1)?.position ?? null
    },
    get transactionIds() {
      return waiting.map(({ transactionId }) => transactionId)
    },
    add(position, transactionId) {
      waiting = [...waiting, { position, transactionId }]
    },
    settle(transactionId) {
      const settled = waiting.filter((one) => one.transactionId <= transactionId)
      waiting = waiting.slice(settled.length)
      return settled.at(-1)?.position ?? null
    },
    pass(position) {
      const before = waiting.length
      waiting = waiting.filter((one) => one.position > position)
      return waiting.length < before
    },
    clear() {
      waiting = []
    },
  }
}
