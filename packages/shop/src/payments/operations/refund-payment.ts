import {
  accept,
  type CommandItem,
  type Decision,
  effect,
  type EffectHandler,
  type Prepared,
  refuse,
  type Settlement,
} from 'banyan/command'
import { type InputOf, reply } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { payments } from '../contract.ts'
import type { RefundView } from '../schemas.ts'
import { advance, type Step, transition } from '../domain.ts'
import { paymentErrors } from '../errors.ts'
import { toMinor, toMoney } from '../money.ts'
import { MAX_REFUNDS, type Payment, type Refund, refundableMinor, refundId } from '../payment.ts'
import type { PaymentBook } from '../store.ts'
import { toRefundView } from '../views.ts'
import { changesOf, type Desk, keyOfPayment, onPayments } from './desk.ts'
import { type Answer, type Intent, performIntent, performing, planRefund, toFacts } from './intent.ts'

type Input = InputOf<typeof payments.operations.refundPayment>
type Handler = EffectHandler<Input, RefundView, Intent, Answer, PaymentBook, Step, PaymentBook, Step>

/**
 * An admin's refund. The refund's row is made in the transaction that remembers the caller's key, so a repeat finds
 * it; an answer that got lost is fetched by the repeat or by the resolver, whoever comes first.
 */
export function createRefundPayment(desk: Desk) {
  const handler: Handler = {
    prepare: { ...onPayments(desk, ({ input }) => keyOfPayment(input.paymentId)), decide: prepare },
    perform: (intent, call) => performIntent(desk.providers, intent, call),
    settle: { ...onPayments(desk, ({ input: { input } }) => keyOfPayment(input.paymentId)), decide: settle },
  }
  return effect(handler)
}

function prepare(book: PaymentBook, { input, now }: CommandItem<Input>): Decision<Prepared<RefundView, Intent>, Step> {
  const payment = book.payments.get(input.paymentId)
  if (!payment) return refuse(coreErrors.NOT_FOUND())
  const refundable = refundableMinor(payment)
  const amountMinor = input.amount ? toMinor(input.amount) : refundable
  const error = findObstacle(payment, amountMinor)
  if (error) return refuse(error)
  const step = transition(payment, { kind: 'refund-asked', amountMinor, cause: 'admin', note: null }, now)
  const planned = planRefund(step.payment, step.refunds[0]!)
  return accept(reply(performing({ provider: payment.provider, charge: null, refunds: [planned] })), [step])
}

function findObstacle(payment: Payment, amountMinor: bigint) {
  const { id, state, compensatedAt } = payment
  if (state.status !== 'captured' || compensatedAt !== null) {
    const status = state.status === 'captured' ? 'on its way back, because its order was cancelled' : state.status
    return paymentErrors.NOT_REFUNDABLE({ paymentId: id, status })
  }
  const refundable = refundableMinor(payment)
  if (amountMinor === 0n || amountMinor > refundable)
    return paymentErrors.REFUND_EXCEEDS_CAPTURE({ requested: toMoney(amountMinor), refundable: toMoney(refundable) })
  if (payment.refunds.length >= MAX_REFUNDS)
    return paymentErrors.TOO_MANY_REFUNDS({ paymentId: id, allowed: MAX_REFUNDS })
  return null
}

function settle(
  book: PaymentBook,
  { input: { input, intent, answer }, now }: CommandItem<Settlement<Input, Intent, Answer>>,
): Decision<RefundView, Step> {
  const before = book.payments.get(input.paymentId)!
  const step = advance(before, toFacts(before, answer), now)
  const refund = step.payment.refunds.find(({ number }) => number === intent.refunds[0]!.number)!
  const error = refusal(step.payment, refund)
  const changes = changesOf(before, step)
  if (error) return refuse(error, changes, step.events)
  return accept(reply(toRefundView(step.payment.id, refund)), changes, step.events)
}

function refusal({ id }: Payment, { number, state }: Refund) {
  return state.status === 'failed'
    ? paymentErrors.REFUND_REFUSED({ refundId: refundId(id, number), reason: state.reason })
    : null
}
