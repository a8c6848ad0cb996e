import type { Prepared } from 'banyan/command'
import { type Call, reply } from 'banyan/contract'
import { orderOfPayment } from '../contract.ts'
import type { Fact } from '../domain.ts'
import { type Payment, type Refund, type RefundCause, refundId } from '../payment.ts'
import type {
  ChargeAnswer,
  ChargeRequest,
  PaymentProvider,
  RefundAnswer,
  RefundRequest,
} from '../providers/provider.ts'
import type { Providers } from '../providers/providers.ts'

/**
 * What a provider is to be asked about one payment. Plain JSON: the platform may store it under the caller's key.
 * It is a function of the payment's row, so asking again asks the same with the same keys.
 */
export interface Intent {
  readonly provider: string
  readonly charge: { readonly request: ChargeRequest; readonly ask: Ask } | null
  /** Sent after the charge, and only when there is none or it was captured. */
  readonly refunds: readonly PlannedRefund[]
}

/**
 * - `send`: the request with its key.
 * - `find-or-send`: look first; a provider may answer a repeated key with the failure of its first try.
 * - `find`: the key's lifetime is over; a request might be carried out a second time.
 */
export type Ask = 'send' | 'find-or-send' | 'find'

export interface PlannedRefund {
  readonly number: number
  readonly cause: RefundCause
  readonly note: string | null
  readonly request: RefundRequest
}

export interface Answer {
  readonly charge: ChargeAnswer | { readonly kind: 'unresolved' } | null
  readonly refunds: readonly { readonly planned: PlannedRefund; readonly answer: RefundAnswer }[]
}

export function chargeRequest(payment: Payment): ChargeRequest {
  return {
    paymentId: payment.id,
    orderId: orderOfPayment(payment.id),
    userId: payment.userId,
    amountMinor: Number(payment.amountMinor),
    currency: 'USD',
    method: payment.method,
  }
}

export function planRefund(payment: Payment, refund: Pick<Refund, 'number' | 'amountMinor' | 'cause' | 'note'>) {
  const { number, amountMinor, cause, note } = refund
  const request: RefundRequest = {
    refundId: refundId(payment.id, number),
    paymentId: payment.id,
    orderId: orderOfPayment(payment.id),
    providerRef: payment.state.status === 'captured' ? payment.state.providerRef : null,
    amountMinor: Number(amountMinor),
  }
  return { number, cause, note, request } satisfies PlannedRefund
}

export function performing<Output>(intent: Intent): Prepared<Output, Intent> {
  return { kind: 'perform', intent }
}

export function done<Output>(output: Output): Prepared<Output, Intent> {
  return { kind: 'done', reply: reply(output) }
}

/** Asks the provider. Whatever it threw away half-way is asked again, under the same keys, by whoever repeats. */
export async function performIntent(providers: Providers, intent: Intent, call: Call): Promise<Answer> {
  const provider = providers.get(intent.provider)
  const charge = intent.charge && (await askCharge(provider, intent.charge, call.signal))
  if (charge && charge.kind !== 'captured') return { charge, refunds: [] }
  const refunds: Answer['refunds'][number][] = []
  for (const planned of intent.refunds) {
    const providerRef = planned.request.providerRef ?? charge?.providerRef ?? null
    const answer = await provider.refund({ ...planned.request, providerRef }, call.signal)
    refunds.push({ planned, answer })
  }
  return { charge, refunds }
}

/** What an answer says about a payment as it now stands. */
export function toFacts(payment: Payment, { charge, refunds }: Answer): Fact[] {
  const facts: Fact[] = charge ? [chargeFact(charge)] : []
  for (const { planned, answer } of refunds) {
    const { number, cause, note, request } = planned
    const isKnown = payment.refunds.some((refund) => refund.number === number)
    if (!isKnown) facts.push({ kind: 'refund-asked', amountMinor: BigInt(request.amountMinor), cause, note })
    facts.push(
      answer.kind === 'refunded'
        ? { kind: 'refund-succeeded', number }
        : { kind: 'refund-refused', number, reason: answer.reason },
    )
  }
  return facts
}

async function askCharge(
  provider: PaymentProvider,
  { request, ask }: NonNullable<Intent['charge']>,
  signal: AbortSignal,
): Promise<NonNullable<Answer['charge']>> {
  const found = ask === 'send' ? null : await provider.find(request.paymentId, signal)
  if (found) return found
  return ask === 'find' ? { kind: 'unresolved' } : provider.charge(request, signal)
}

function chargeFact(charge: NonNullable<Answer['charge']>): Fact {
  if (charge.kind === 'captured') return { kind: 'charge-captured', providerRef: charge.providerRef }
  return charge.kind === 'declined' ? { kind: 'charge-declined', reason: charge.reason } : { kind: 'charge-unresolved' }
}
