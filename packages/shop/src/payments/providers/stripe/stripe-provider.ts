import type { Clock } from 'banyan/core'
import type { Stripe } from 'stripe'
import { paymentErrors } from '../../errors.ts'
import type { ChargeRequest, PaymentProvider, RefundAnswer, RefundRequest } from '../provider.ts'
import { toChargeAnswer, toRefundAnswer } from './answers.ts'
import { listStripeEntries } from './entries.ts'
import { misused, STRIPE, toFailure, toRefusal } from './failures.ts'
import { readStripeNotice } from './notices.ts'

export interface StripeOptions {
  readonly secretKey: string
  /** `whsec_…` of the webhook endpoint; `null`: every notice is refused. */
  readonly webhookSecret: string | null
  readonly clock: Clock
  /** Then the answer counts as lost. Default 4,000 ms: below a saga's patience with one attempt. */
  readonly timeoutMs?: number
  /** Another address of the API, for tests. */
  readonly api?: { readonly protocol: 'http' | 'https'; readonly host: string; readonly port: number }
}

/**
 * Stripe, through its official client. Keys live "at least 24 hours" (https://docs.stripe.com/api/idempotent_requests);
 * an hour less is counted on, because our clock and theirs are two.
 *
 * Stripe answers a repeated key with its first answer even when that was a 500. So a repeat alone may never get an
 * answer: the resolver also looks the payment up by its metadata (`find`), and the webhook tells.
 */
export function createStripeProvider(options: StripeOptions): PaymentProvider {
  const { webhookSecret, clock } = options
  let opened: Promise<Stripe> | null = null
  const open = () => (opened ??= openClient(options))

  return {
    name: STRIPE,
    keyLifetimeMs: 23 * 3_600_000,
    async charge(request, signal) {
      assertWanted(signal)
      try {
        const stripe = await open()
        return toChargeAnswer(await latest(stripe, await confirm(stripe, request)), request)
      } catch (error) {
        const reason = toRefusal(error)
        if (reason !== null) return { kind: 'declined', reason }
        throw toFailure(error)
      }
    },
    async refund(request, signal): Promise<RefundAnswer> {
      assertWanted(signal)
      try {
        return toRefundAnswer(await giveBack(await open(), request))
      } catch (error) {
        const reason = toRefusal(error)
        if (reason !== null) return { kind: 'refused', reason }
        throw toFailure(error)
      }
    },
    async find(paymentId, signal) {
      assertWanted(signal)
      const query = `metadata['paymentId']:'${paymentId}'`
      const stripe = await open()
      const { data } = await stripe.paymentIntents.search({ query, limit: 10 }).catch(rethrow)
      const captured = data.find((intent) => intent.status === 'succeeded')
      return captured ? { kind: 'captured', providerRef: captured.id } : null
    },
    async readNotice(notice) {
      return readStripeNotice(notice, { secret: webhookSecret, nowMs: clock.now() })
    },
    listEntries: async (page) => listStripeEntries(await open(), page).catch(rethrow),
    async stop() {},
  }
}

/** The client costs 30 MB: imported only where Stripe is configured. */
async function openClient({ secretKey, timeoutMs = 4_000, api }: StripeOptions): Promise<Stripe> {
  const { Stripe } = await import('stripe')
  // No retries of its own: whoever calls us counts and paces them.
  return new Stripe(secretKey, { ...api, timeout: timeoutMs, maxNetworkRetries: 0, telemetry: false })
}

function confirm(stripe: Stripe, request: ChargeRequest): Promise<Stripe.PaymentIntent> {
  const { paymentId, orderId, userId, amountMinor, method } = request
  return stripe.paymentIntents.create(
    {
      amount: amountMinor,
      currency: 'usd',
      payment_method: method,
      confirm: true,
      // Nobody sits at a browser while a saga charges: a card that wants to ask its owner is declined.
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      error_on_requires_action: true,
      metadata: { paymentId, orderId, userId },
    },
    { idempotencyKey: paymentId },
  )
}

/** A repeated key shows the intent as it was at first; one that was still moving is read anew. */
async function latest(stripe: Stripe, intent: Stripe.PaymentIntent): Promise<Stripe.PaymentIntent> {
  return intent.status === 'processing' ? stripe.paymentIntents.retrieve(intent.id) : intent
}

async function giveBack(stripe: Stripe, request: RefundRequest): Promise<Stripe.Refund> {
  const { refundId, paymentId, orderId, providerRef, amountMinor } = request
  if (providerRef === null) throw misused(`the intent of ${paymentId} is not known`)
  const refund = await stripe.refunds.create(
    { payment_intent: providerRef, amount: amountMinor, metadata: { refundId, paymentId, orderId } },
    { idempotencyKey: refundId },
  )
  return refund.status === 'pending' ? stripe.refunds.retrieve(refund.id) : refund
}

function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw paymentErrors.PROVIDER_BUSY({ provider: STRIPE, reason: 'the caller had given up' })
}

function rethrow(error: unknown): never {
  throw toFailure(error)
}
