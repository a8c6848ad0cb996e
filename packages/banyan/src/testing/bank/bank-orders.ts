/** `count` moves of one: all under one key and at once, or each under its own, `atOnce` at a time. */
export interface BankOrder {
  readonly kind: 'twins' | 'others'
  readonly key: string
  readonly count: number
  readonly atOnce: number
}

export interface BankAnswer {
  readonly balances: readonly number[]
  readonly replayed: readonly boolean[]
  /** Of each call, milliseconds. */
  readonly tookMs: readonly number[]
}
