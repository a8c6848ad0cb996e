/** Money as the contract writes it. */
export interface MoneyJson {
  readonly amountMinor: number
  readonly currency: 'USD'
}

/** Amounts are bigint inside; the contract bounds them far below 2^53, so a JSON number is exact. */
export function toMoney(amountMinor: bigint): MoneyJson {
  return { amountMinor: Number(amountMinor), currency: 'USD' }
}

export function toMinor(money: MoneyJson): bigint {
  return BigInt(money.amountMinor)
}
