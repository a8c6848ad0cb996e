export interface ChargeRow {
  readonly key: string
  readonly amount_minor: string
  readonly method: string
  readonly attempts: number
  /** `captured`, `failing`, or why it was declined. */
  readonly outcome: string
}

export interface RefundRow {
  readonly key: string
  readonly charge_key: string
  readonly order_id: string
  readonly amount_minor: string
  /** Why no money moved; `null`: it did. */
  readonly refused: string | null
}
