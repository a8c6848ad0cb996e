import { isDeclared } from 'banyan/core'
import { paymentErrors } from '../../errors.ts'

/** The provider's name, in payments and in the webhook's path. */
export const STRIPE = 'stripe'

/** What we read of the client's errors (https://docs.stripe.com/error-handling). */
interface StripeFailure {
  readonly type: string
  readonly statusCode?: number
  readonly code?: string
  readonly decline_code?: string
}

/** Why Stripe said a final no; `null`: it did not. Card errors and requests it calls invalid moved nothing. */
export function toRefusal(error: unknown): string | null {
  if (!isStripeFailure(error)) return null
  if (error.type === 'StripeCardError') return error.decline_code ?? error.code ?? 'card_declined'
  const isInvalid = error.type === 'StripeInvalidRequestError' && error.statusCode !== 409
  return isInvalid ? (error.code ?? 'invalid_request') : null
}

/**
 * What is known after an error that is no answer: time-outs, broken connections, 5xx and 409 (the first request with
 * this key still runs) leave everything open; 429 says that this attempt was not even looked at.
 */
export function toFailure(error: unknown): Error {
  if (isDeclared(error)) return error
  if (!isStripeFailure(error)) return lost('its client failed', error)
  const reason = `${error.type} ${error.statusCode ?? ''} ${error.code ?? ''}`.trim()
  if (error.statusCode === 429) return paymentErrors.PROVIDER_BUSY({ provider: STRIPE, reason }, { cause: error })
  return MISUSES.has(error.type) && error.statusCode !== 409 ? misused(reason, error) : lost(reason, error)
}

export function lost(reason: string, cause?: unknown): Error {
  return paymentErrors.PROVIDER_UNAVAILABLE({ provider: STRIPE, reason }, { cause })
}

export function misused(reason: string, cause?: unknown): Error {
  return paymentErrors.PROVIDER_MISUSED({ provider: STRIPE, reason }, { cause })
}

// A wrong API key, a right we lack, a key used for another request: ours to repair.
const MISUSES = new Set(['StripeAuthenticationError', 'StripePermissionError', 'StripeIdempotencyError'])

function isStripeFailure(error: unknown): error is StripeFailure {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' && error.type.startsWith('Stripe')
}
