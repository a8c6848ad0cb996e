/**
 * Double entry as transfers: one row debits one account and credits another by the same amount, so a transaction sums
 * to zero by construction and costs one row where entries would cost two (TigerBeetle's shape). The views
 * `ledger_entries` and `ledger_balances` show them as entries and sums.
 *
 * - `provider_clearing` (asset): what the provider holds for us.
 * - `sales` (income): what customers paid.
 * - `refunds` (contra income): what they got back.
 */
export type Account = 'provider_clearing' | 'sales' | 'refunds'

export interface Transfer {
  /** The payment's or the refund's id: each moves money once. */
  readonly id: string
  readonly userId: string
  readonly debit: Account
  readonly credit: Account
  readonly amountMinor: bigint
  /** ISO 8601. */
  readonly at: string
}

type Move = Pick<Transfer, 'id' | 'userId' | 'amountMinor' | 'at'>

export function captureTransfer({ id, userId, amountMinor, at }: Move): Transfer {
  return { id, userId, amountMinor, at, debit: 'provider_clearing', credit: 'sales' }
}

export function refundTransfer({ id, userId, amountMinor, at }: Move): Transfer {
  return { id, userId, amountMinor, at, debit: 'refunds', credit: 'provider_clearing' }
}
