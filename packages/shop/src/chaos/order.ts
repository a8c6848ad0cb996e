/** As customers see it. */
export interface Order {
  readonly id: string
  readonly status: 'pending' | 'confirmed' | 'cancelling' | 'cancelled'
  readonly paymentId: string | null
  readonly items: readonly { readonly productId: string; readonly quantity: number }[]
}

/** An order never goes back on this way. */
export const STAGES: readonly Order['status'][] = ['pending', 'confirmed', 'cancelling', 'cancelled']
