/**
 * Who moves the money. Every adapter passes `providerSuite`.
 *
 * An answer is final for its key: the same request with the same key gets it again, for as long as the provider
 * remembers keys. Whatever is not a final answer is thrown as a BanyanError whose `effect` says what is known:
 * `unknown` (the answer was lost; money may have moved) or `not-applied` (this attempt certainly moved nothing; an
 * earlier one with the same key may have).
 */
export interface PaymentProvider {
  /** Names the provider in payments and in the webhook's path. */
  readonly name: string
  /** How long a repeated key gets its first answer, milliseconds. Past it a request must not be sent again. */
  readonly keyLifetimeMs: number
  /** @throws `payments.PROVIDER_UNAVAILABLE`, `payments.PROVIDER_BUSY`, `payments.PROVIDER_MISUSED` */
  charge(request: ChargeRequest, signal: AbortSignal): Promise<ChargeAnswer>
  /** @throws as `charge` */
  refund(request: RefundRequest, signal: AbortSignal): Promise<RefundAnswer>
  /** The charge of this payment, if it shows. `null` proves nothing: the request may still arrive. */
  find(paymentId: string, signal: AbortSignal): Promise<ChargeAnswer | null>
  /**
   * Checks a notice's signature and age and says what it means.
   * @throws `payments.WEBHOOK_UNSIGNED`, `payments.WEBHOOK_TOO_OLD`, `payments.WEBHOOK_UNKNOWN`
   */
  readNotice(notice: SignedNotice): Promise<Notice>
  /** The provider's own books, page by page, in an order of its own. */
  listEntries(page: EntryPage, signal: AbortSignal): Promise<{ entries: ProviderEntry[]; nextCursor: string | null }>
  stop(): Promise<void>
}

export interface ChargeRequest {
  /** Also the idempotency key. */
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly amountMinor: number
  readonly currency: 'USD'
  readonly method: string
}

export interface RefundRequest {
  /** Also the idempotency key. */
  readonly refundId: string
  readonly paymentId: string
  readonly orderId: string
  /** The provider's name for the charge, from its answer. */
  readonly providerRef: string | null
  readonly amountMinor: number
}

export type ChargeAnswer =
  | { readonly kind: 'captured'; readonly providerRef: string | null }
  | { readonly kind: 'declined'; readonly reason: string }

export type RefundAnswer = { readonly kind: 'refunded' } | { readonly kind: 'refused'; readonly reason: string }

export interface SignedNotice {
  /** The body's text as it came: the signature covers its bytes. */
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** What a notice says, in our words. */
export type Notice =
  | {
      readonly kind: 'captured'
      readonly paymentId: string
      readonly amountMinor: number
      readonly providerRef: string | null
    }
  | { readonly kind: 'declined'; readonly paymentId: string; readonly amountMinor: number; readonly reason: string }
  | { readonly kind: 'refunded'; readonly refundId: string; readonly amountMinor: number }
  | { readonly kind: 'refused'; readonly refundId: string; readonly amountMinor: number; readonly reason: string }

export interface EntryPage {
  readonly cursor: string | null
  readonly limit: number
}

/** A line of the provider's books. */
export interface ProviderEntry {
  readonly id: string
  readonly orderId: string
  readonly paymentId: string
  readonly kind: 'capture' | 'refund'
  readonly amountMinor: number
  /** ISO 8601. */
  readonly at: string
}
