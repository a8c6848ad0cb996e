import {
  accept,
  type CommandItem,
  type Decision,
  effect,
  type EffectHandler,
  type Prepared,
  refuse,
  sagaErrors,
  type Settlement,
} from 'banyan/command'
import { type InputOf, type OutputOf, reply } from 'banyan/contract'
import { coreErrors, relatedId } from 'banyan/core'
import type { payments } from '../contract.ts'
import { advance, type Step, transition } from '../domain.ts'
import { paymentErrors } from '../errors.ts'
import { toMinor, toMoney } from '../money.ts'
import { openPayment, type Payment } from '../payment.ts'
import type { PaymentBook } from '../store.ts'
import { changesOf, type Desk, isExpired, onPayments } from './desk.ts'
import { type Answer, chargeRequest, done, type Intent, performIntent, performing, toFacts } from './intent.ts'

type Input = InputOf<typeof payments.operations.charge>
type Output = OutputOf<typeof payments.operations.charge>
type Handler = EffectHandler<Input, Output, Intent, Answer, PaymentBook, Step, PaymentBook, Step>

/** Charges an order once for ever: the payment's row is the outcome, and its id the provider's idempotency key. */
export function createCharge(desk: Desk) {
  const handler: Handler = {
    prepare: { ...onPayments(desk, keyOf), presume: noPayments, decide: (book, item) => prepare(desk, book, item) },
    perform: (intent, call) => performIntent(desk.providers, intent, call),
    settle: { ...onPayments(desk, ({ input }) => input.input), decide: settle },
  }
  return effect(handler)
}

/** A charge is nearly always the first: its row's key refuses a second one, which then reads what is known. */
function noPayments(): PaymentBook {
  return { payments: new Map(), stored: new Set() }
}

function keyOf({ input }: CommandItem<Input>) {
  return input
}

function prepare(desk: Desk, book: PaymentBook, item: CommandItem<Input>): Decision<Prepared<Output, Intent>, Step> {
  const { input, now } = item
  if (relatedId('pay', input.orderId) !== input.paymentId)
    return refuse(coreErrors.INVALID_INPUT({ faults: [MISMATCH] }))
  const known = book.payments.get(input.paymentId)
  if (known) return prepareAgain(desk, known, item)
  const { paymentId: id, userId, paymentMethod: method } = input
  const provider = desk.providers.current.name
  const payment = openPayment({ id, userId, method, provider, amountMinor: toMinor(input.amount), createdAt: now })
  return accept(reply(performing(toIntent(payment))), [{ payment, refunds: [], transfers: [], events: [] }])
}

function prepareAgain(
  desk: Desk,
  payment: Payment,
  { input, now }: CommandItem<Input>,
): Decision<Prepared<Output, Intent>, Step> {
  if (isCompensated(payment)) return refuse(sagaErrors.COMPENSATED())
  if (payment.amountMinor !== toMinor(input.amount) || payment.method !== input.paymentMethod)
    return refuse(coreErrors.KEY_REUSED())
  if (payment.state.status !== 'pending') return answer(payment, (output) => done(output))
  if (isExpired(desk, payment.provider, { since: payment.createdAt, now }))
    return refuse(needsAttention(payment), [transition(payment, { kind: 'charge-unresolved' }, now)])
  return accept(reply(performing(toIntent(payment))))
}

function settle(
  book: PaymentBook,
  { input: { input, answer: said }, now }: CommandItem<Settlement<Input, Intent, Answer>>,
): Decision<Output, Step> {
  const payment = book.payments.get(input.paymentId)!
  const step = advance(payment, toFacts(payment, said), now)
  const changes = changesOf(payment, step)
  if (isCompensated(step.payment)) return refuse(sagaErrors.COMPENSATED(), changes, step.events)
  return withChanges(
    answer(step.payment, (output) => output),
    changes,
    step,
  )
}

/** What a payment that is settled, or cannot be, answers to whoever charges it. */
function answer<Result>(payment: Payment, wrap: (output: Output) => Result): Decision<Result, Step> {
  switch (payment.state.status) {
    case 'captured':
      return accept(reply(wrap({ paymentId: payment.id, amount: toMoney(payment.amountMinor) })))
    case 'declined':
      return refuse(declined(payment, payment.state.reason))
    case 'void':
      return refuse(sagaErrors.COMPENSATED())
    case 'pending':
    case 'needs-attention':
      return refuse(needsAttention(payment))
  }
}

function withChanges<Output>(
  decision: Decision<Output, Step>,
  changes: readonly Step[],
  { events }: Step,
): Decision<Output, Step> {
  return { ...decision, changes, events }
}

function isCompensated(payment: Payment): boolean {
  return payment.compensatedAt !== null || payment.state.status === 'void'
}

function toIntent(payment: Payment): Intent {
  return { provider: payment.provider, charge: { request: chargeRequest(payment), ask: 'send' }, refunds: [] }
}

function declined(payment: Payment, reason: string) {
  const { orderId } = chargeRequest(payment)
  return paymentErrors.CARD_DECLINED({ orderId, paymentId: payment.id, reason })
}

function needsAttention({ id, provider }: Payment) {
  return paymentErrors.NEEDS_ATTENTION({ paymentId: id, provider })
}

const MISMATCH = {
  pointer: '/paymentId',
  message: 'must be the order id with the prefix pay instead of ord: a payment belongs to one order.',
}
