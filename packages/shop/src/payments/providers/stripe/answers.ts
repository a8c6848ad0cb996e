import type { Stripe } from 'stripe'
import type { ChargeAnswer, ChargeRequest, RefundAnswer } from '../provider.ts'
import { lost, misused } from './failures.ts'

/** What an intent means. @throws `payments.PROVIDER_UNAVAILABLE` while it is still moving. */
export function toChargeAnswer(intent: Stripe.PaymentIntent, request: ChargeRequest): ChargeAnswer {
  switch (intent.status) {
    case 'succeeded':
      if (intent.amount_received !== request.amountMinor || intent.currency !== 'usd')
        throw misused(`${intent.id} captured ${intent.amount_received} ${intent.currency}, not ${request.amountMinor}`)
      return { kind: 'captured', providerRef: intent.id }
    case 'requires_payment_method':
    case 'canceled':
      return { kind: 'declined', reason: declineReason(intent) }
    default:
      throw lost(`${intent.id} is ${intent.status}`)
  }
}

export function toRefundAnswer(refund: Stripe.Refund): RefundAnswer {
  if (refund.status === 'succeeded') return { kind: 'refunded' }
  if (refund.status === 'failed' || refund.status === 'canceled')
    return { kind: 'refused', reason: refund.failure_reason ?? refund.status }
  throw lost(`refund ${refund.id} is ${refund.status}`)
}

export function declineReason({ last_payment_error: error, status }: Stripe.PaymentIntent): string {
  return error?.decline_code ?? error?.code ?? status
}
