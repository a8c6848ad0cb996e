import { accept, command, type CommandHandler, type CommandItem, type Decision, refuse } from 'banyan/command'
import { type InputOf, type OutputOf, reply } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { payments } from '../contract.ts'
import { type Fact, type Step, transition } from '../domain.ts'
import { paymentErrors } from '../errors.ts'
import { parseRefundId, type Payment } from '../payment.ts'
import type { Notice } from '../providers/provider.ts'
import type { PaymentBook } from '../store.ts'
import { changesOf, type Desk, keyOfPayment, onPayments } from './desk.ts'

type Input = InputOf<typeof payments.operations.receiveWebhook>
type Output = OutputOf<typeof payments.operations.receiveWebhook>

/**
 * A provider's notice goes through the same transition as its answer, whichever comes first and however often.
 * Whatever cannot be applied is refused, so that the provider sends it again and nobody takes it for settled.
 */
export function createReceiveWebhook(desk: Desk) {
  const handler: CommandHandler<Input, Output, PaymentBook, Step, Proven> = {
    async precompute({ provider, body, headers }) {
      if (!desk.providers.has(provider)) throw coreErrors.NOT_FOUND()
      const notice = await desk.providers.get(provider).readNotice({ body, headers })
      return { notice, ...subjectOf(notice) }
    },
    ...onPayments<Input, Proven>(desk, ({ precomputed }) => keyOfPayment(precomputed.paymentId)),
    decide,
  }
  return command(handler)
}

/** A notice whose signature was checked, and what it is about. */
interface Proven {
  readonly notice: Notice
  readonly paymentId: string
  /** Of the refund; `null`: it is about the charge. */
  readonly number: number | null
}

function decide(book: PaymentBook, { input, precomputed, now }: CommandItem<Input, Proven>): Decision<Output, Step> {
  const { notice, paymentId, number } = precomputed
  const payment = book.payments.get(paymentId)
  if (!payment || payment.provider !== input.provider) return refuse(coreErrors.NOT_FOUND())
  const expected = number === null ? payment.amountMinor : amountOfRefund(payment, number)
  if (expected === null) return refuse(coreErrors.NOT_FOUND())
  if (expected !== BigInt(notice.amountMinor))
    return refuse(paymentErrors.WEBHOOK_AMOUNT({ received: notice.amountMinor, expected: Number(expected) }))
  const step = transition(payment, toFact(notice, number), now)
  const changes = changesOf(payment, step)
  return accept(reply({ applied: changes.length > 0 }), changes, step.events)
}

function subjectOf(notice: Notice): Omit<Proven, 'notice'> {
  if ('paymentId' in notice) return { paymentId: notice.paymentId, number: null }
  const refund = parseRefundId(notice.refundId)
  if (!refund) throw paymentErrors.WEBHOOK_UNKNOWN({ type: `refund ${notice.refundId}` })
  return refund
}

function amountOfRefund(payment: Payment, number: number): bigint | null {
  return payment.refunds.find((refund) => refund.number === number)?.amountMinor ?? null
}

function toFact(notice: Notice, number: number | null): Fact {
  switch (notice.kind) {
    case 'captured':
      return { kind: 'charge-captured', providerRef: notice.providerRef }
    case 'declined':
      return { kind: 'charge-declined', reason: notice.reason }
    case 'refunded':
      return { kind: 'refund-succeeded', number: number! }
    case 'refused':
      return { kind: 'refund-refused', number: number!, reason: notice.reason }
  }
}
