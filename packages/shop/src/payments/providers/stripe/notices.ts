import type { Stripe } from 'stripe'
import { paymentErrors } from '../../errors.ts'
import type { Notice, SignedNotice } from '../provider.ts'
import { checkSignature } from '../signature.ts'
import { declineReason } from './answers.ts'

const HEADER = 'stripe-signature'

/**
 * The notices to subscribe to: `payment_intent.succeeded`, `payment_intent.payment_failed`, `refund.updated`,
 * `refund.failed`.
 * @throws `payments.WEBHOOK_UNSIGNED`, `payments.WEBHOOK_TOO_OLD`, `payments.WEBHOOK_UNKNOWN`
 */
export function readStripeNotice(
  { body, headers }: SignedNotice,
  { secret, nowMs }: { readonly secret: string | null; readonly nowMs: number },
): Notice {
  if (secret === null) throw paymentErrors.WEBHOOK_UNSIGNED({ header: HEADER })
  checkSignature({ header: { name: HEADER, value: headers[HEADER] }, body }, { secret, nowMs })
  const event = parseEvent(body)
  const notice = toNotice(event)
  if (!notice) throw paymentErrors.WEBHOOK_UNKNOWN({ type: String(event.type).slice(0, 64) })
  return notice
}

function toNotice(event: Stripe.Event): Notice | null {
  switch (event.type) {
    case 'payment_intent.succeeded':
      return ofIntent(event.data.object, true)
    case 'payment_intent.payment_failed':
      return ofIntent(event.data.object, false)
    case 'refund.updated':
    case 'refund.failed':
      return ofRefund(event.data.object)
    default:
      return null
  }
}

function ofIntent(intent: Stripe.PaymentIntent, isCaptured: boolean): Notice | null {
  const paymentId = intent.metadata.paymentId
  if (!paymentId || intent.currency !== 'usd') return null
  return isCaptured
    ? { kind: 'captured', paymentId, amountMinor: intent.amount_received, providerRef: intent.id }
    : { kind: 'declined', paymentId, amountMinor: intent.amount, reason: declineReason(intent) }
}

function ofRefund({ metadata, amount: amountMinor, status, failure_reason: reason }: Stripe.Refund): Notice | null {
  const refundId = metadata?.refundId
  if (!refundId) return null
  if (status === 'succeeded') return { kind: 'refunded', refundId, amountMinor }
  return status === 'failed' || status === 'canceled'
    ? { kind: 'refused', refundId, amountMinor, reason: reason ?? status }
    : null
}

function parseEvent(body: string): Stripe.Event {
  try {
    return JSON.parse(body) as Stripe.Event
  } catch (error) {
    throw paymentErrors.WEBHOOK_UNKNOWN({ type: 'broken JSON' }, { cause: error })
  }
}
