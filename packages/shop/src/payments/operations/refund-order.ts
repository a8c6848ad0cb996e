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
import { type InputOf, type OutputOf, reply } from 'banyan/contract'
import type { payments } from '../contract.ts'
import { advance, type Fact, type Step } from '../domain.ts'
import { paymentErrors } from '../errors.ts'
import { toMoney } from '../money.ts'
import {
  isOpen,
  isParked,
  MAX_REFUNDS,
  type Payment,
  refundableMinor,
  refundedMinor,
  refundId,
  voidPayment,
} from '../payment.ts'
import type { PaymentBook } from '../store.ts'
import { changesOf, type Desk, isExpired, onPayments, openRefunds, parkRefunds } from './desk.ts'
import {
  type Answer,
  chargeRequest,
  done,
  type Intent,
  performIntent,
  performing,
  planRefund,
  toFacts,
} from './intent.ts'

type Input = InputOf<typeof payments.operations.refundOrder>
type Output = OutputOf<typeof payments.operations.refundOrder>
type Handler = EffectHandler<Input, Output, Intent, Answer, PaymentBook, Step, PaymentBook, Step>
type Preparation = Decision<Prepared<Output, Intent>, Step>

/**
 * Undoes `charge`, whatever became of it, and gives back the rest of what an admin refunded in part:
 * - never begun: a tombstone forbids it for ever;
 * - still open: the same request first gets its final answer, then what it captured goes back;
 * - captured: refunds that are under way are finished and the rest goes back.
 */
export function createRefundOrder(desk: Desk) {
  const handler: Handler = {
    prepare: { ...onPayments(desk, ({ input }) => input), decide: (book, item) => prepare(desk, book, item) },
    perform: (intent, call) => performIntent(desk.providers, intent, call),
    settle: { ...onPayments(desk, ({ input }) => input.input), decide: settle },
  }
  return effect(handler)
}

function prepare(desk: Desk, book: PaymentBook, item: CommandItem<Input>): Preparation {
  const { input, now } = item
  const payment = book.payments.get(input.paymentId)
  if (payment) return undo(desk, payment, item)
  const { paymentId: id, userId } = input
  const tombstone = voidPayment({ id, userId, provider: desk.providers.current.name, createdAt: now })
  return accept(reply(done(toOutput(tombstone))), [{ payment: tombstone, refunds: [], transfers: [], events: [] }])
}

function undo(desk: Desk, payment: Payment, item: CommandItem<Input>): Preparation {
  const { status } = payment.state
  if (status === 'void' || status === 'declined') return accept(reply(done(toOutput(payment))))
  const rest = refundableMinor(payment)
  if (rest > 0n && payment.refunds.length >= MAX_REFUNDS)
    return refuse(paymentErrors.TOO_MANY_REFUNDS({ paymentId: payment.id, allowed: MAX_REFUNDS }))
  const facts: Fact[] = [{ kind: 'compensation-asked' }, ...parkRefunds(desk, payment, item.now)]
  if (rest > 0n) facts.push({ kind: 'refund-asked', amountMinor: rest, cause: 'compensation', note: item.input.reason })
  const step = advance(payment, facts, item.now)
  const changes = changesOf(payment, step)
  if (isParked(step.payment)) return refuse(needsAttention(payment), changes)
  const intent = toIntent(desk, step.payment, item)
  if (!intent.charge && intent.refunds.length === 0) return accept(reply(done(toOutput(step.payment))), changes)
  return accept(reply(performing(intent)), changes)
}

function settle(
  book: PaymentBook,
  { input: { input, answer }, now }: CommandItem<Settlement<Input, Intent, Answer>>,
): Decision<Output, Step> {
  const before = book.payments.get(input.paymentId)!
  const step = advance(before, toFacts(before, answer), now)
  const { payment, events } = step
  const changes = changesOf(before, step)
  if (isParked(payment)) return refuse(needsAttention(payment), changes, events)
  // Refused, so that the saga comes back: a compensation that failed must not look done.
  if (refundableMinor(payment) > 0n || isOpen(payment)) return refuse(delayed(payment, answer), changes, events)
  return accept(reply(toOutput(payment)), changes, events)
}

function toIntent(desk: Desk, payment: Payment, { input, now }: CommandItem<Input>): Intent {
  const { provider, state, amountMinor, createdAt } = payment
  if (state.status === 'pending') {
    const ask = isExpired(desk, provider, { since: createdAt, now }) ? 'find' : 'find-or-send'
    // Should it turn out captured, all of it goes back as the first refund: nobody else may ask for one any more.
    const whole = planRefund(payment, { number: 1, amountMinor, cause: 'compensation', note: input.reason })
    return { provider, charge: { request: chargeRequest(payment), ask }, refunds: [whole] }
  }
  return { provider, charge: null, refunds: openRefunds(payment).map((refund) => planRefund(payment, refund)) }
}

function delayed(payment: Payment, { refunds }: Answer) {
  const refused = refunds.find(({ answer }) => answer.kind === 'refused')
  const reason = refused?.answer.kind === 'refused' ? refused.answer.reason : 'another refund is under way'
  const number = refused?.planned.number ?? payment.refunds.length
  return paymentErrors.REFUND_DELAYED({ refundId: refundId(payment.id, number), reason })
}

function needsAttention({ id, provider }: Payment) {
  return paymentErrors.NEEDS_ATTENTION({ paymentId: id, provider })
}

function toOutput(payment: Payment): Output {
  return { paymentId: payment.id, refunded: toMoney(refundedMinor(payment)) }
}
