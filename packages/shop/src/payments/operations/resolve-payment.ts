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
import { coreErrors } from 'banyan/core'
import type { payments } from '../contract.ts'
import { advance, type Step } from '../domain.ts'
import { isOpen, type Payment } from '../payment.ts'
import type { PaymentBook } from '../store.ts'
import { changesOf, type Desk, isExpired, keyOfPayment, onPayments, openRefunds, parkRefunds } from './desk.ts'
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

type Input = InputOf<typeof payments.operations.resolvePayment>
type Output = OutputOf<typeof payments.operations.resolvePayment>
type Handler = EffectHandler<Input, Output, Intent, Answer, PaymentBook, Step, PaymentBook, Step>

/** Gets the final answer for what a crash or a lost answer left open: the same requests under the same keys. */
export function createResolvePayment(desk: Desk) {
  const handler: Handler = {
    prepare: {
      ...onPayments(desk, ({ input }) => keyOfPayment(input.paymentId)),
      decide: (book, item) => prepare(desk, book, item),
    },
    perform: (intent, call) => performIntent(desk.providers, intent, call),
    settle: { ...onPayments(desk, ({ input: { input } }) => keyOfPayment(input.paymentId)), decide: settle },
  }
  return effect(handler)
}

function prepare(
  desk: Desk,
  book: PaymentBook,
  { input, now }: CommandItem<Input>,
): Decision<Prepared<Output, Intent>, Step> {
  const before = book.payments.get(input.paymentId)
  if (!before) return refuse(coreErrors.NOT_FOUND())
  const step = advance(before, parkRefunds(desk, before, now), now)
  const { payment } = step
  const next = isOpen(payment) ? performing<Output>(toIntent(desk, payment, now)) : done<Output>(toOutput(payment))
  return accept(reply(next), changesOf(before, step))
}

function toIntent(desk: Desk, payment: Payment, now: string): Intent {
  const { provider, state, createdAt } = payment
  const ask = isExpired(desk, provider, { since: createdAt, now }) ? 'find' : 'find-or-send'
  return {
    provider,
    charge: state.status === 'pending' ? { request: chargeRequest(payment), ask } : null,
    refunds: openRefunds(payment).map((refund) => planRefund(payment, refund)),
  }
}

function settle(
  book: PaymentBook,
  { input: { input, answer }, now }: CommandItem<Settlement<Input, Intent, Answer>>,
): Decision<Output, Step> {
  const before = book.payments.get(input.paymentId)!
  const step = advance(before, toFacts(before, answer), now)
  return accept(reply(toOutput(step.payment)), changesOf(before, step), step.events)
}

function toOutput({ state }: Payment): Output {
  return { status: state.status }
}
